/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceCondition.State;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.binding.ContainerSourceKind;
import dev.sluice.control.binding.SinkBindingDefinition;
import dev.sluice.control.binding.SinkVariables;
import dev.sluice.control.kubernetes.Workloads.Sight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Decides what SinkBindings are to do to workloads, and how far they are. Pure.
 *
 * <p>A workload is one SinkBinding's: of several that select it, the oldest's. Whose it is stands in an annotation of it,
 * so that it can be set free by whoever comes to know that it is nobody's any more.
 */
final class Bindings {

    static final String AVAILABLE = "SinkBindingAvailable";

    /** The label by which a workload, or a namespace, asks to be left alone. */
    static final String EXCLUDE = "bindings.knative.dev/exclude";

    private static final String EXCLUDED = "SubjectExcluded";

    /** More in one message help nobody. */
    private static final int MOST_PROBLEMS = 3;

    /**
     * A SinkBinding as it is now.
     *
     * @param created sorts as time does
     * @param isHeld whether its deletion waits until its workloads are free
     * @param isAccepted whether what it keeps for life is kept
     * @param variables empty while its sink is not known: its workloads are left as they are
     */
    record Binding(
            SourceName name,
            String created,
            boolean isDeleting,
            boolean isHeld,
            boolean isAccepted,
            SinkBindingDefinition definition,
            Optional<SinkVariables> variables) {

        Binding {
            requireNonNull(name, "name");
            requireNonNull(created, "created");
            requireNonNull(definition, "definition");
            requireNonNull(variables, "variables");
        }

        WorkloadSet set() {
            return new WorkloadSet(name.name().namespace(), definition.apiVersion(), definition.kind());
        }

        boolean selects(Workload workload) {
            return !workload.isDeleting() && definition.selects(workload.name(), workload.labels());
        }

        boolean owns(Workload workload) {
            return workload.boundBy().equals(name.name().name());
        }
    }

    /** Something to be written, which changes nothing if the object is another meanwhile. */
    sealed interface Step {

        /** The deletion of the SinkBinding waits from now on. */
        record Hold(Binding binding) implements Step {}

        /** Nothing is left of the SinkBinding, and it may go. */
        record Release(Binding binding) implements Step {}

        /** @param patch a JSON merge patch */
        record Change(Binding binding, Workload workload, boolean binds, ObjectNode patch) implements Step {}
    }

    /** @param available by the name of each that is not being deleted; {@link #AVAILABLE} */
    record Decision(List<Step> steps, Map<SourceName, SourceCondition> available) {}

    private final Function<WorkloadSet, Sight> sights;
    private final Function<String, Optional<String>> excluded;
    private final Map<String, Failure> failures;

    /** By the UID of a workload: the oldest that selects it. */
    private final Map<String, Binding> claims = new HashMap<>();

    private final List<Step> steps = new ArrayList<>();
    private final Map<SourceName, SourceCondition> available = new HashMap<>();

    /** Why a workload could not be written last. */
    record Failure(String reason, String message) {}

    private Bindings(
            Function<WorkloadSet, Sight> sights,
            Function<String, Optional<String>> excluded,
            Map<String, Failure> failures) {
        this.sights = sights;
        this.excluded = excluded;
        this.failures = failures;
    }

    /**
     * @param sights what is known of each set of workloads
     * @param excluded why nothing in a namespace may be bound; empty: it may
     * @param failures by the UID of the workload
     */
    static Decision decide(
            List<Binding> bindings,
            Function<WorkloadSet, Sight> sights,
            Function<String, Optional<String>> excluded,
            Map<String, Failure> failures) {
        List<Binding> oldestFirst = new ArrayList<>(bindings);
        oldestFirst.sort(Comparator.comparing(Binding::created).thenComparing(Binding::name));
        Bindings run = new Bindings(sights, excluded, failures);
        oldestFirst.stream().filter(binding -> !binding.isDeleting()).forEach(run::claim);
        oldestFirst.forEach(run::decide);
        return new Decision(List.copyOf(run.steps), Map.copyOf(run.available));
    }

    private void claim(Binding binding) {
        for (Workload workload : sights.apply(binding.set()).workloads()) {
            if (binding.selects(workload) && whyNot(workload).isEmpty()) {
                claims.putIfAbsent(workload.uid(), binding);
            }
        }
    }

    /** Why a workload is nobody's to bind. */
    private Optional<Failure> whyNot(Workload workload) {
        if ("true".equals(workload.labels().get(EXCLUDE))) {
            return Optional.of(new Failure(EXCLUDED, workload + " has the label " + EXCLUDE + "=true; remove it"));
        }
        Optional<String> byNamespace = excluded.apply(workload.set().namespace());
        if (byNamespace.isPresent()) {
            return Optional.of(new Failure(EXCLUDED, byNamespace.get()));
        }
        if (workload.controller().path("kind").asText().equals(ContainerSourceKind.KIND)) {
            return Optional.of(new Failure(
                    "SubjectTaken",
                    workload + " is run by ContainerSource "
                            + workload.controller().path("name").asText() + ", which has a sink of its own"));
        }
        if (workload.pod().isMissingNode()) {
            return Optional.of(new Failure(
                    "SubjectUnavailable",
                    workload + " has no pod template (spec.template); bind what makes pods, such as a Deployment"));
        }
        return Optional.empty();
    }

    private void decide(Binding binding) {
        if (binding.isDeleting()) {
            end(binding);
        } else {
            available.put(binding.name(), live(binding));
        }
    }

    private SourceCondition live(Binding binding) {
        WorkloadSet set = binding.set();
        Sight sight = sights.apply(set);
        Optional<SourceCondition> unseen = unseen(set, sight.state());
        if (unseen.isPresent()) {
            return unseen.get();
        }
        List<Failure> problems = new ArrayList<>();
        List<Failure> waits = new ArrayList<>();
        List<Step.Change> changes = new ArrayList<>();
        int selected = 0;
        boolean ownsAny = false;
        for (Workload workload : sight.workloads()) {
            if (workload.isDeleting()) {
                continue;
            }
            if (binding.selects(workload)) {
                selected++;
                bind(binding, workload, changes, problems, waits);
            }
            if (binding.owns(workload)) {
                ownsAny = true;
                if (!claims.containsKey(workload.uid())) {
                    changes.add(freed(binding, workload));
                }
            }
        }
        if (binding.isHeld()) {
            steps.addAll(changes);
        } else if (binding.isAccepted() && (ownsAny || !changes.isEmpty())) {
            steps.add(new Step.Hold(binding));
        }
        return condition(binding, selected, problems, waits);
    }

    /** Why nothing can be told of its workloads; empty if it can. */
    private static Optional<SourceCondition> unseen(WorkloadSet set, Watch.State state) {
        return switch (state) {
            case SEEN -> Optional.empty();
            case STARTING ->
                Optional.of(SourceCondition.unknown(AVAILABLE, "NotYetKnown", set + " are being looked up"));
            case FORBIDDEN -> Optional.of(SourceCondition.isFalse(AVAILABLE, "SubjectForbidden", forbidden(set)));
            case UNKNOWN_KIND ->
                Optional.of(SourceCondition.isFalse(
                        AVAILABLE,
                        "SubjectUnavailable",
                        "spec.subject names a " + set.kind() + " of " + set.apiVersion()
                                + ", a kind that this cluster does not have in namespaces; install it, or create the"
                                + " SinkBinding again with another"));
        };
    }

    static String forbidden(WorkloadSet set) {
        return "Sluice may not look at, or change, " + set + "; open the namespace to it: kubectl create rolebinding"
                + " sluice-subjects -n " + set.namespace() + " --clusterrole=sluice-subjects"
                + " --serviceaccount=sluice-system:sluice-control --serviceaccount=sluice-system:sluice-all";
    }

    private void bind(
            Binding binding,
            Workload workload,
            List<Step.Change> changes,
            List<Failure> problems,
            List<Failure> waits) {
        Optional<Failure> whyNot = whyNot(workload);
        Binding claimant = claims.get(workload.uid());
        if (whyNot.isPresent()) {
            // Of those that labels select, one that asks to be left alone is none of them.
            if (binding.definition().name().isPresent()
                    || !whyNot.get().reason().equals(EXCLUDED)) {
                problems.add(whyNot.get());
            }
        } else if (claimant != null && !claimant.equals(binding)) {
            problems.add(new Failure(
                    "SubjectTaken",
                    workload + " is bound by " + claimant.name() + ", which is older; a workload has one sink"));
        } else if (binding.variables().isEmpty()) {
            if (!binding.owns(workload)) {
                waits.add(new Failure("SinkNotProvided", workload + " is bound once the sink is there"));
            }
        } else {
            Optional<ObjectNode> changed = binding.variables().get().setIn(workload.pod());
            boolean isImmutable = workload.set().isImmutable();
            if (changed.isPresent() && isImmutable) {
                problems.add(new Failure(
                        "SubjectImmutable",
                        workload + " keeps its pods as it was created; bind the CronJob or Deployment in its place, or"
                                + " write K_SINK into its template"));
            } else if (changed.isPresent() || !(isImmutable || binding.owns(workload))) {
                changes.add(new Step.Change(
                        binding,
                        workload,
                        true,
                        workload.patch(binding.name().name().name(), changed)));
                Failure failure = failures.get(workload.uid());
                if (failure != null) {
                    problems.add(failure);
                } else {
                    waits.add(new Failure("SubjectChanging", workload + " is being bound"));
                }
            }
        }
    }

    private static Step.Change freed(Binding binding, Workload workload) {
        Optional<ObjectNode> without =
                workload.pod().isMissingNode() || workload.set().isImmutable()
                        ? Optional.empty()
                        : SinkVariables.removedFrom(workload.pod());
        return new Step.Change(binding, workload, false, workload.patch("", without));
    }

    private static SourceCondition condition(
            Binding binding, int selected, List<Failure> problems, List<Failure> waits) {
        if (!problems.isEmpty()) {
            return SourceCondition.isFalse(AVAILABLE, problems.get(0).reason(), summary(problems));
        }
        if (!waits.isEmpty()) {
            return SourceCondition.unknown(AVAILABLE, waits.get(0).reason(), summary(waits));
        }
        if (selected > 0) {
            return SourceCondition.isTrue(AVAILABLE);
        }
        WorkloadSet set = binding.set();
        return binding.definition()
                .name()
                .map(name -> SourceCondition.isFalse(
                        AVAILABLE,
                        "SubjectMissing",
                        "spec.subject names " + set.kind() + " " + set.namespace() + "/" + name
                                + ", which does not exist; create it, or correct the name"))
                .orElseGet(() -> new SourceCondition(
                        AVAILABLE,
                        State.TRUE,
                        "NoSubject",
                        "none of the " + set + " has the labels of spec.subject.selector; one that comes is bound"));
    }

    private static String summary(List<Failure> failures) {
        List<String> shown =
                failures.stream().limit(MOST_PROBLEMS).map(Failure::message).toList();
        String text = String.join(" | ", shown);
        int more = failures.size() - shown.size();
        return more == 0 ? text : text + " | and " + more + " more";
    }

    /** A SinkBinding that is deleted takes its variables with it, unless another one of the workload has its own for it. */
    private void end(Binding binding) {
        if (!binding.isHeld()) {
            return;
        }
        Sight sight = sights.apply(binding.set());
        boolean isFree = sight.state() == Watch.State.SEEN || sight.state() == Watch.State.UNKNOWN_KIND;
        for (Workload workload : sight.workloads()) {
            if (!binding.owns(workload) || workload.isDeleting()) {
                continue;
            }
            isFree = false;
            Binding next = claims.get(workload.uid());
            if (next == null || next.variables().isEmpty()) {
                steps.add(freed(binding, workload));
            }
        }
        if (isFree) {
            steps.add(new Step.Release(binding));
        }
    }
}
