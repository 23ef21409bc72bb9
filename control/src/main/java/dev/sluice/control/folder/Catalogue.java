/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Targets;
import dev.sluice.control.validation.Problem;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides, from what all files offer, which resources are in force. A name belongs to the file that had it first; an
 * edit may not touch an immutable field; everything keeps its identity until it is gone from all files. Pure.
 *
 * @param accepted what is in force
 * @param conflicts what of valid resources is not, and why; of the resources of which that is anything
 */
record Catalogue(Map<ResourceKey, Accepted> accepted, Map<ResourceKey, List<Problem>> conflicts) {

    static final Catalogue EMPTY = new Catalogue(Map.of(), Map.of());

    /** A resource in force. */
    record Accepted(Path file, Offer offer, Identity identity, HasMetadata resource) {}

    private record Candidate(Path file, Offer offer) {}

    Catalogue {
        accepted = Collections.unmodifiableMap(accepted);
        conflicts = Collections.unmodifiableMap(conflicts);
    }

    /**
     * Decides anew about some resources, and leaves the others as they are.
     *
     * @param files what each file offers, in the order of their paths
     * @param touched every resource of which a file says something else than when this was decided
     * @param known identities from before this process, for resources that are not in force yet
     */
    Catalogue next(
            SortedMap<Path, ResourceFile> files,
            Set<ResourceKey> touched,
            Map<ResourceKey, Identity> known,
            Identities identities,
            Instant now) {
        Map<ResourceKey, List<Candidate>> candidates = new TreeMap<>();
        Map<ResourceKey, List<Candidate>> kept = new TreeMap<>();
        Set<ResourceKey> broken = new HashSet<>();
        files.forEach((path, file) -> {
            collect(path, file.offers(), touched, candidates);
            collect(path, file.kept(), touched, kept);
            broken.addAll(file.broken());
        });
        kept.forEach((key, before) ->
                candidates.computeIfAbsent(key, gone -> new ArrayList<>(List.of(choose(before, accepted.get(key))))));
        Map<ResourceKey, Accepted> next = new HashMap<>(accepted);
        Map<ResourceKey, List<Problem>> problems = new HashMap<>(conflicts);
        for (ResourceKey key : touched) {
            problems.remove(key);
            // Its file may have been renamed and broken at once, and a mistake must not look like a deletion.
            if (!candidates.containsKey(key) && !broken.contains(key)) {
                next.remove(key);
            }
        }
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        candidates.forEach((key, offered) -> {
            Accepted before = accepted.get(key);
            List<Problem> found = new ArrayList<>(0);
            Candidate chosen = choose(offered, before);
            offered.remove(chosen);
            for (Candidate other : offered) {
                found.add(other.offer()
                        .problem(
                                "/metadata/name",
                                "metadata.name",
                                "\"" + key.name().name() + "\"",
                                "is taken by " + chosen.offer().place(),
                                "rename one of the two, or remove it"));
            }
            next.put(key, accept(key, chosen, before, known.get(key), found, identities, time));
            if (!found.isEmpty()) {
                problems.put(key, List.copyOf(found));
            }
        });
        return new Catalogue(next, problems);
    }

    private static void collect(
            Path file, List<Offer> offers, Set<ResourceKey> touched, Map<ResourceKey, List<Candidate>> into) {
        for (Offer offer : offers) {
            if (touched.contains(offer.key())) {
                into.computeIfAbsent(offer.key(), key -> new ArrayList<>(1)).add(new Candidate(file, offer));
            }
        }
    }

    private static Candidate choose(List<Candidate> offered, @Nullable Accepted before) {
        if (before != null) {
            for (Candidate candidate : offered) {
                if (candidate.file().equals(before.file())) {
                    return candidate;
                }
            }
        }
        return offered.get(0);
    }

    private static Accepted accept(
            ResourceKey key,
            Candidate chosen,
            @Nullable Accepted before,
            @Nullable Identity known,
            List<Problem> found,
            Identities identities,
            String now) {
        Offer offer = chosen.offer();
        if (before != null) {
            List<Problem> changed = Immutables.changed(before.resource(), offer);
            if (!changed.isEmpty()) {
                found.addAll(changed);
                return new Accepted(chosen.file(), before.offer(), before.identity(), before.resource());
            }
            if (before.offer().contentDigest().equals(offer.contentDigest())) {
                return new Accepted(chosen.file(), offer, before.identity(), before.resource());
            }
        }
        Identity last = before == null ? known : before.identity();
        Identity identity = last == null
                ? new Identity(identities.uid(key), 1, now, offer.specDigest())
                : last.withSpec(offer.specDigest());
        ObjectMeta metadata = offer.resource().getMetadata();
        metadata.setUid(identity.uid());
        metadata.setGeneration(identity.generation());
        metadata.setCreationTimestamp(identity.created());
        return new Accepted(chosen.file(), offer, identity, offer.resource());
    }

    /** Whether the same resources are in force, in the same versions: the objects are made anew only for a new one. */
    boolean sameResources(Catalogue other) {
        if (accepted.size() != other.accepted.size()) {
            return false;
        }
        for (Map.Entry<ResourceKey, Accepted> entry : accepted.entrySet()) {
            Accepted there = other.accepted.get(entry.getKey());
            if (there == null || there.resource() != entry.getValue().resource()) {
                return false;
            }
        }
        return true;
    }

    /**
     * @param problems everything that is wrong
     * @param awaited UIDs of what may come back as what it was
     */
    Resources resources(Collection<Problem> problems, Set<String> awaited) {
        List<HasMetadata> inForce = new ArrayList<>(accepted.size());
        accepted.values().forEach(value -> inForce.add(value.resource()));
        return Resources.of(inForce, problems, awaited, Map.of(), Targets.none(), true);
    }
}
