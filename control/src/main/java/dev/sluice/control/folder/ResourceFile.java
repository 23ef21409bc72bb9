/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.binding.WorkloadKind;
import dev.sluice.control.document.Document;
import dev.sluice.control.document.DocumentReader;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.SourceKinds;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.text.Quoted;
import dev.sluice.control.validation.Finding;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.ResourceValidator;
import dev.sluice.control.validation.Severity;
import dev.sluice.control.validation.Validation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What one file holds.
 *
 * @param offers its valid resources, in their order
 * @param kept the last good versions of what may be broken in it now; they count where no other file offers the resource
 * @param problems everything that is wrong with it
 * @param broken resources that it names in documents with errors
 * @param unknown whether it has a broken document of which nobody knows what it is about
 */
record ResourceFile(
        List<Offer> offers, List<Offer> kept, List<Problem> problems, Set<ResourceKey> broken, boolean unknown) {

    static final ResourceFile EMPTY = new ResourceFile(List.of(), List.of(), List.of(), Set.of(), false);

    private static final Set<String> OUR_LISTS = Set.of("List", "BrokerList", "TriggerList");

    /** More from one file help nobody; it is most likely no file of resources. */
    private static final int MOST_PROBLEMS = 1_000;

    ResourceFile {
        offers = List.copyOf(offers);
        kept = List.copyOf(kept);
        problems = List.copyOf(problems);
        broken = Set.copyOf(broken);
    }

    /** @param file as the user named it */
    static ResourceFile parse(String file, byte[] bytes) {
        if (bytes.length == 0) {
            return empty(file);
        }
        Parsing parsing = new Parsing(file);
        for (Document document :
                DocumentReader.read(bytes, file.toLowerCase(Locale.ROOT).endsWith(".json"))) {
            parsing.read(document);
        }
        List<Problem> problems = parsing.problems;
        if (problems.size() > MOST_PROBLEMS) {
            int more = problems.size() - MOST_PROBLEMS;
            problems = new ArrayList<>(problems.subList(0, MOST_PROBLEMS));
            problems.add(
                    Problem.ofFile(file, "has " + more + " more problems", "mend the others first", Severity.ERROR));
        }
        return new ResourceFile(parsing.offers, List.of(), problems, parsing.broken, parsing.unknown);
    }

    /** A file of which nothing is known but that something is wrong with it. */
    static ResourceFile unreadable(Problem problem) {
        return new ResourceFile(List.of(), List.of(), List.of(problem), Set.of(), true);
    }

    /**
     * Whoever writes a file empties it first, and may take his time, as a command does whose output goes there. Resources
     * that were taken for deleted meanwhile would come back as others, without their events.
     */
    private static ResourceFile empty(String file) {
        return unreadable(Problem.ofFile(file, "is empty", "write resources into it, or delete it", Severity.WARNING));
    }

    static ResourceFile tooLarge(String file, long size) {
        return unreadable(Problem.ofFile(
                file,
                "has " + size + " bytes, more than " + DocumentReader.LARGEST,
                "split it into several files",
                Severity.ERROR));
    }

    /** Adds every resource of which it says anything. */
    void addKeysTo(Set<ResourceKey> keys) {
        offers.forEach(offer -> keys.add(offer.key()));
        kept.forEach(offer -> keys.add(offer.key()));
        keys.addAll(broken);
    }

    /** Whether what is broken in it may be this resource. */
    boolean mayMean(ResourceKey key) {
        return unknown || broken.contains(key);
    }

    /** This file, with the last good version of whatever it has broken now. */
    ResourceFile keeping(ResourceFile before) {
        if (broken.isEmpty() && !unknown) {
            return this;
        }
        Set<ResourceKey> here = new HashSet<>();
        offers.forEach(offer -> here.add(offer.key()));
        List<Offer> good = new ArrayList<>();
        for (List<Offer> held : List.of(before.offers, before.kept)) {
            for (Offer offer : held) {
                if (!here.contains(offer.key()) && mayMean(offer.key())) {
                    good.add(offer);
                }
            }
        }
        return new ResourceFile(offers, good, problems, broken, unknown);
    }

    private static final class Parsing {

        private final String file;
        private final List<Offer> offers = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();
        private final Set<ResourceKey> broken = new HashSet<>();
        private boolean unknown;

        Parsing(String file) {
            this.file = file;
        }

        void read(Document document) {
            if (document instanceof Document.Parsed readable) {
                read(readable);
            } else if (document instanceof Document.Broken unreadable) {
                unknown = true;
                problems.add(new Problem(
                        file,
                        unreadable.number(),
                        unreadable.line(),
                        "",
                        "",
                        "",
                        unreadable.rule(),
                        unreadable.remedy(),
                        Severity.ERROR));
            }
        }

        private void read(Document.Parsed document) {
            JsonNode tree = document.tree();
            String kind = tree.path("kind").asText();
            if (kind.endsWith("List") && tree.path("items").isArray()) {
                for (int i = 0; i < tree.path("items").size(); i++) {
                    resource(document, tree.path("items").get(i), "/items/" + i);
                }
            } else if (OUR_LISTS.contains(kind)) {
                unknown = true;
                boolean missing = tree.path("items").isMissingNode();
                problems.add(new Problem(
                        file,
                        document.number(),
                        document.positions().line("/items"),
                        kind,
                        "items",
                        "",
                        missing ? "is missing" : "is not a list",
                        "write items with a list of resources in it",
                        Severity.ERROR));
            } else {
                resource(document, tree, "");
            }
        }

        private void resource(Document.Parsed document, JsonNode tree, String pointer) {
            Validation validation = ResourceValidator.validate(tree, pointer);
            for (Finding finding : validation.findings()) {
                problems.add(new Problem(
                        file,
                        document.number(),
                        document.positions().line(finding.pointer()),
                        validation.label(),
                        finding.field(),
                        finding.value(),
                        finding.rule(),
                        finding.remedy(),
                        finding.severity()));
            }
            if (validation.resource().orElse(null) instanceof Source source
                    && source.sourceKind() instanceof WorkloadKind) {
                problems.add(new Problem(
                        file,
                        document.number(),
                        document.positions().line(pointer + "/kind"),
                        validation.label(),
                        "kind",
                        Quoted.of(source.getKind()),
                        "is for a Kubernetes cluster only, whose workloads it tells their sink",
                        "apply it there with kubectl, where sluice serve --kubernetes runs; without a cluster set K_SINK"
                                + " for your process yourself",
                        Severity.ERROR));
            } else if (validation.resource().isPresent()) {
                offer(document, tree, pointer, validation.resource().get());
            } else if (validation.hasErrors()) {
                ResourceName name = validation.name().orElse(null);
                if (name == null || hasWrongName(validation, pointer)) {
                    unknown = true;
                } else {
                    // A mistake in kind or apiVersion must not look like the deletion of the resource that was meant.
                    broken.add(new ResourceKey("Broker", name));
                    broken.add(new ResourceKey("Trigger", name));
                    SourceKinds.names().forEach(kind -> broken.add(new ResourceKey(kind, name)));
                    broken.add(new ResourceKey(validation.kind(), name));
                }
            }
        }

        private static boolean hasWrongName(Validation validation, String pointer) {
            for (Finding finding : validation.findings()) {
                if (finding.pointer().equals(pointer + "/metadata/name")
                        || finding.pointer().equals(pointer + "/metadata/namespace")) {
                    return true;
                }
            }
            return false;
        }

        private void offer(Document.Parsed document, JsonNode tree, String pointer, HasMetadata resource) {
            String specDigest = ContentDigest.of(tree.path("spec"));
            offers.add(new Offer(
                    ResourceKey.of(resource),
                    resource,
                    specDigest,
                    ContentDigest.ofResource(tree, specDigest),
                    file,
                    document.number(),
                    new FieldLines(document.positions(), pointer)));
        }
    }
}
