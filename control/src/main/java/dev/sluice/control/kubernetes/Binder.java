/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.SourceRoute;
import dev.sluice.control.binding.ContainerSourceDefinition;
import dev.sluice.control.binding.SinkBindingDefinition;
import dev.sluice.control.binding.SinkVariables;
import dev.sluice.control.binding.WorkloadKind;
import dev.sluice.control.kubernetes.Bindings.Binding;
import dev.sluice.control.kubernetes.Bindings.Decision;
import dev.sluice.control.kubernetes.Bindings.Failure;
import dev.sluice.control.kubernetes.Bindings.Step;
import dev.sluice.control.kubernetes.Workloads.Sight;
import dev.sluice.control.reconcile.SourceObservation;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.Source;
import dev.sluice.control.resource.SourceKinds;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to what SinkBindings and ContainerSources ask of workloads: writes it while this process leads, and says how far it is
 * whether it leads or not. Workloads are watched, so that what somebody else undoes is done again.
 *
 * <p>Everything happens on one thread, which blocks; {@link #observe} and {@link #isKnown} are for any.
 */
final class Binder implements SourceObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Binder.class);

    /** The finalizer of a SinkBinding, which goes when no workload has its variables any more. */
    static final String FINALIZER = "sinkbindings.sluice.dev/subjects";

    /** What can't be set free for as long as this is left as it is: nobody shall be kept from deleting for ever. */
    static final Duration LONGEST = Duration.ofMinutes(5);

    /** But a process that begins to lead tries for a moment, however long ago the deletion was. */
    static final Duration TRIED = Duration.ofSeconds(30);

    /** What changes together is dealt with together. */
    private static final Duration GATHERING = Duration.ofMillis(15);

    private static final Duration AGAIN = Duration.ofSeconds(5);

    /** For a write that is under way. */
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private static final SourceObservation NOTHING =
            new SourceObservation(Map.of(), Optional.empty(), Instant.EPOCH, Optional.empty());

    private final Supplier<List<Reading>> present;
    private final Writes writes;
    private final Clock clock;
    private final Runnable told;
    private final Instant begun;
    private final Rounds rounds = new Rounds("sluice-binder", GATHERING, this::round);
    private volatile @Nullable View view;
    private volatile boolean leads;
    private volatile Instant leadsSince = Instant.EPOCH;
    private volatile Map<SourceName, Observed> observed = Map.of();

    // All below belongs to the thread.
    private final Workloads workloads;
    private final WritePace pace;
    private final Map<String, Failure> failures = new HashMap<>();
    private final Map<SourceName, Put> puts = new HashMap<>();
    /** Whether the API server gave no answer in this round: then nobody waits for the next one either. */
    private boolean silent;

    /** @param isKnown whether it was looked at, and not only begun to be */
    private record Observed(String uid, SourceObservation observation, boolean isKnown) {}

    /** What the Deployment of a ContainerSource was written as, and what the API server made of it. */
    private record Put(String uid, long generation, ObjectNode template) {}

    /** One object as it is dealt with in a round. */
    private record Subject(Reading reading, Source source, Optional<SinkVariables> variables) {

        SourceName name() {
            return nameOf(reading);
        }

        String uid() {
            return reading.content().uid();
        }

        boolean isHeld() {
            return reading.isHeldBy(FINALIZER);
        }
    }

    /** @param told whenever {@link #observe} has something new; must not block */
    Binder(KubernetesClient client, Supplier<List<Reading>> present, Writes writes, Clock clock, Runnable told) {
        this.present = requireNonNull(present, "present");
        this.writes = requireNonNull(writes, "writes");
        this.clock = requireNonNull(clock, "clock");
        this.told = requireNonNull(told, "told");
        begun = clock.instant();
        pace = new WritePace(System::nanoTime);
        workloads = new Workloads(client, rounds.thread(), rounds::post, rounds::soon);
    }

    private static SourceName nameOf(Reading reading) {
        return new SourceName(reading.key().kind(), reading.key().name());
    }

    /** Whether sources of a kind are the cluster's to run. */
    static boolean isWorkload(String kind) {
        return SourceKinds.find(kind).orElse(null) instanceof WorkloadKind;
    }

    /** Takes over what was published. For any thread; does not block. */
    void publish(View published) {
        view = published;
        rounds.soon();
    }

    /** Begins or ceases to write. For any thread; does not block. What is under way when it ceases is the last. */
    void lead(boolean leading) {
        if (leading && !leads) {
            leadsSince = clock.instant();
        }
        leads = leading;
        rounds.soon();
    }

    @Override
    public Optional<SourceObservation> observe(SourceName name) {
        Observed seen = observed.get(name);
        if (seen != null) {
            return Optional.of(seen.observation());
        }
        SourceCondition ready = SourceCondition.unknown("Ready", "NotYetKnown", "its workloads are being looked up");
        return Optional.of(new SourceObservation(Map.of(ready, begun), Optional.empty(), begun, Optional.empty()));
    }

    @Override
    public boolean isKnown(SourceName name) {
        Observed seen = observed.get(name);
        return seen != null && seen.isKnown();
    }

    /** Ends its watches; a write that is under way goes on for seconds at most. Idempotent. */
    @Override
    public void close() {
        leads = false;
        rounds.closeAfter(workloads::close, CLOSE);
    }

    private void round() {
        View of = view;
        if (of == null) {
            return;
        }
        silent = false;
        List<Subject> bindings = new ArrayList<>();
        List<Subject> containers = new ArrayList<>();
        Set<WorkloadSet> wanted = new HashSet<>();
        Map<SourceName, Observed> next = new HashMap<>();
        for (Reading reading : present.get()) {
            if (reading.inForce().isEmpty() && isWorkload(reading.key().kind())) {
                // Not valid since this process looks, as its status says. What it had bound before can't be told.
                next.put(nameOf(reading), new Observed(reading.content().uid(), NOTHING, true));
                if (reading.content().isDeleting() && reading.isHeldBy(FINALIZER)) {
                    endInTime(reading);
                }
            } else if (reading.inForce().orElse(null) instanceof Source source) {
                Subject subject = new Subject(reading, source, variables(reading, of));
                String namespace = reading.key().name().namespace();
                if (source.definition() instanceof SinkBindingDefinition definition) {
                    bindings.add(subject);
                    wanted.add(new WorkloadSet(namespace, definition.apiVersion(), definition.kind()));
                } else if (source.definition() instanceof ContainerSourceDefinition
                        && !reading.content().isDeleting()) {
                    containers.add(subject);
                    wanted.add(WorkloadSet.deployments(namespace));
                }
            }
        }
        workloads.want(wanted);
        Set<String> tried = new HashSet<>();
        bind(bindings, next, tried);
        Set<SourceName> running = new HashSet<>();
        for (Subject each : containers) {
            running.add(each.name());
            try {
                run(each, next, tried);
            } catch (RuntimeException e) {
                LOG.atError()
                        .setCause(e)
                        .addKeyValue("source", each.name())
                        .log("a ContainerSource could not be dealt with; trying again");
                Observed before = observed.get(each.name());
                if (before != null && before.uid().equals(each.uid())) {
                    next.put(each.name(), before);
                }
                rounds.later(AGAIN);
            }
        }
        puts.keySet().retainAll(running);
        failures.keySet().retainAll(tried);
        if (!failures.isEmpty()) {
            rounds.later(AGAIN);
        }
        if (!next.equals(observed)) {
            observed = Map.copyOf(next);
            told.run();
        }
    }

    private static Optional<SinkVariables> variables(Reading reading, View of) {
        SourceRoute route = of.bound().get(nameOf(reading));
        return route == null || !route.uid().equals(reading.content().uid())
                ? Optional.empty()
                : Optional.of(SinkVariables.of(route.sink(), route.overrides()));
    }

    /** Remembers since when each condition stands as it does. */
    private void observe(
            Subject subject, boolean isKnown, List<SourceCondition> conditions, Map<SourceName, Observed> next) {
        Observed before = observed.get(subject.name());
        Map<SourceCondition, Instant> since = new HashMap<>();
        for (SourceCondition condition : conditions) {
            Instant from = clock.instant();
            if (before != null && before.uid().equals(subject.uid())) {
                for (Map.Entry<SourceCondition, Instant> earlier :
                        before.observation().conditions().entrySet()) {
                    if (earlier.getKey().type().equals(condition.type())
                            && earlier.getKey().state() == condition.state()) {
                        from = earlier.getValue();
                    }
                }
            }
            since.put(condition, from);
        }
        next.put(
                subject.name(),
                new Observed(
                        subject.uid(),
                        new SourceObservation(since, Optional.empty(), Instant.EPOCH, Optional.empty()),
                        isKnown));
    }

    // ---- SinkBindings -----------------------------------------------------------------------------------------------

    private void bind(List<Subject> subjects, Map<SourceName, Observed> next, Set<String> tried) {
        Watch.State namespaces = workloads.namespaces();
        if (namespaces != Watch.State.SEEN) {
            // Who asks to be left alone is not known, so everybody is.
            SourceCondition condition = namespaces == Watch.State.STARTING
                    ? SourceCondition.unknown(Bindings.AVAILABLE, "NotYetKnown", "namespaces are being looked up")
                    : SourceCondition.isFalse(
                            Bindings.AVAILABLE,
                            "SubjectForbidden",
                            "Sluice may not look at namespaces, which may have the label " + Bindings.EXCLUDE
                                    + "; allow its service account to get, list and watch them");
            for (Subject subject : subjects) {
                if (!subject.reading().content().isDeleting()) {
                    observe(subject, namespaces != Watch.State.STARTING, List.of(condition), next);
                } else if (subject.isHeld()) {
                    endInTime(subject.reading());
                }
            }
            return;
        }
        Map<SourceName, Subject> byName = new HashMap<>();
        List<Binding> bindings = new ArrayList<>();
        for (Subject subject : subjects) {
            byName.put(subject.name(), subject);
            bindings.add(binding(subject));
        }
        Decision decision = decide(bindings);
        if (leads) {
            boolean wrote = false;
            for (Step step : decision.steps()) {
                if (!leads) {
                    break;
                }
                wrote |= takeGuarded(step, byName, tried);
            }
            // What was written is to be seen already, and the watch need not be waited for to say so.
            decision = wrote || !failures.isEmpty() ? decide(bindings) : decision;
        }
        for (Subject subject : subjects) {
            SourceCondition available = decision.available().get(subject.name());
            if (available != null) {
                WorkloadSet set = binding(subject).set();
                boolean isKnown = workloads.sight(set).state() != Watch.State.STARTING;
                observe(subject, isKnown, List.of(available), next);
            } else if (subject.isHeld()) {
                endInTime(subject.reading());
            }
        }
    }

    private static Binding binding(Subject subject) {
        String created = subject.source().getMetadata().getCreationTimestamp();
        return new Binding(
                subject.name(),
                created == null ? "" : created,
                subject.reading().content().isDeleting(),
                subject.isHeld(),
                subject.reading().content().stored() != null,
                (SinkBindingDefinition) subject.source().definition(),
                subject.variables());
    }

    private Decision decide(List<Binding> bindings) {
        return Bindings.decide(bindings, workloads::sight, this::excluded, failures);
    }

    private Optional<String> excluded(String namespace) {
        return "true".equals(workloads.labelsOf(namespace).get(Bindings.EXCLUDE))
                ? Optional.of("namespace " + namespace + " has the label " + Bindings.EXCLUDE + "=true; remove it")
                : Optional.empty();
    }

    private static Binding bindingOf(Step step) {
        if (step instanceof Step.Change change) {
            return change.binding();
        }
        return step instanceof Step.Hold hold ? hold.binding() : ((Step.Release) step).binding();
    }

    /** @return whether something is other than it was */
    private boolean takeGuarded(Step step, Map<SourceName, Subject> subjects, Set<String> tried) {
        try {
            return take(step, subjects, tried);
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("source", bindingOf(step).name())
                    .log("a SinkBinding could not be dealt with; trying again");
            rounds.later(AGAIN);
            return false;
        }
    }

    private boolean take(Step step, Map<SourceName, Subject> subjects, Set<String> tried) {
        if (step instanceof Step.Change change) {
            tried.add(change.workload().uid());
            return change(change);
        }
        Binding binding = bindingOf(step);
        Subject subject = requireNonNull(subjects.get(binding.name()), "subject");
        finalizer(subject.reading(), step instanceof Step.Hold);
        return false;
    }

    private boolean change(Step.Change change) {
        Workload workload = change.workload();
        ResourceDefinitionContext definition =
                workloads.definition(workload.set()).orElse(null);
        if (definition == null || silent || isContested(workload)) {
            return false;
        }
        try {
            Optional<GenericKubernetesResource> written = writes.merge(definition, nameOf(workload), change.patch());
            failures.remove(workload.uid());
            written.ifPresent(object -> {
                pace.wrote(workload.uid());
                LOG.atInfo()
                        .addKeyValue("workload", workload)
                        .addKeyValue("source", change.binding().name())
                        .log(change.binds() ? "bound" : "no longer bound");
                workloads.written(workload.set(), object);
            });
            return written.isPresent();
        } catch (KubernetesClientException e) {
            failed(workload.uid(), workload.toString(), workload.set(), e);
            return false;
        }
    }

    private static ResourceName nameOf(Workload workload) {
        return new ResourceName(workload.set().namespace(), workload.name());
    }

    /** Whether it was written so often, perhaps as somebody else undoes that, that it has to rest for a while. */
    private boolean isContested(Workload workload) {
        boolean rests = pace.rests(workload.uid());
        if (rests) {
            failures.put(
                    workload.uid(),
                    new Failure(
                            "SubjectContested",
                            workload + " was changed too often within a minute; where a tool applies it as it is kept"
                                    + " elsewhere, have that tool leave the env of its containers alone"));
        }
        return rests;
    }

    private void failed(String uid, String what, WorkloadSet set, KubernetesClientException e) {
        if (e.getCode() == 0) {
            // Nothing that the workload is to blame for.
            silent = true;
            rounds.later(AGAIN);
            return;
        }
        String said = e.getStatus() == null || e.getStatus().getMessage() == null
                ? String.valueOf(e.getMessage())
                : e.getStatus().getMessage();
        Failure failure = e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
                ? new Failure("SubjectForbidden", Bindings.forbidden(set))
                : new Failure("SubjectUnavailable", what + " can't be written: " + said);
        if (!failure.equals(failures.put(uid, failure))) {
            LOG.atWarn()
                    .addKeyValue("workload", what)
                    .addKeyValue("error", said)
                    .log("a workload can't be written; trying again");
        }
    }

    private void finalizer(Reading reading, boolean holds) {
        if (silent) {
            rounds.later(AGAIN);
            return;
        }
        try {
            if (writes.finalizer(reading, FINALIZER, holds).outcome() == Writes.Outcome.STALE) {
                rounds.later(AGAIN);
            }
        } catch (KubernetesClientException e) {
            silent |= e.getCode() == 0;
            LOG.atWarn()
                    .addKeyValue("source", nameOf(reading))
                    .addKeyValue("error", e.getMessage())
                    .log("a finalizer could not be written; trying again");
            rounds.later(AGAIN);
        }
    }

    private boolean isOverdue(Reading reading) {
        // In this order: what leads says is written last.
        if (!leads) {
            return false;
        }
        Instant since = leadsSince;
        Instant now = clock.instant();
        return now.isAfter(reading.deletedAt().plus(LONGEST)) && now.isAfter(since.plus(TRIED));
    }

    private void endInTime(Reading reading) {
        if (isOverdue(reading)) {
            LOG.atError()
                    .addKeyValue("source", nameOf(reading))
                    .log("workloads could not be set free in time; they keep the variables, and the SinkBinding goes");
            writes.event(
                    reading,
                    true,
                    "SubjectsLeftBehind",
                    "the variables could not be taken out of all workloads in time, and are left in them");
            finalizer(reading, false);
        }
        rounds.later(AGAIN);
    }

    // ---- ContainerSources -------------------------------------------------------------------------------------------

    private void run(Subject subject, Map<SourceName, Observed> next, Set<String> tried) {
        WorkloadSet set = WorkloadSet.deployments(subject.reading().key().name().namespace());
        Sight sight = workloads.sight(set);
        if (sight.state() != Watch.State.SEEN) {
            observe(subject, sight.state() != Watch.State.STARTING, List.of(unseen(set, sight.state())), next);
            return;
        }
        String name = ContainerDeployment.nameOf(subject.reading().key().name().name());
        Workload deployment = named(set, name);
        if (deployment != null && !ContainerDeployment.isOf(subject.source(), deployment)) {
            observe(
                    subject,
                    true,
                    List.of(SourceCondition.isFalse(
                            ContainerDeployment.RUNNING,
                            "NotOwned",
                            deployment + " is not of this ContainerSource; delete it, or rename the source")),
                    next);
            return;
        }
        List<SourceCondition> conditions = new ArrayList<>();
        if (subject.variables().isPresent()) {
            SinkVariables variables = subject.variables().get();
            if (leads && (deployment == null || !deployment.isDeleting())) {
                tried.add(subject.uid());
                put(subject, set, deployment, ContainerDeployment.template(subject.source(), variables));
                deployment = named(set, name);
            }
            conditions.add(bound(subject, deployment, variables));
        }
        conditions.add(ContainerDeployment.running(deployment));
        observe(subject, true, conditions, next);
    }

    private @Nullable Workload named(WorkloadSet set, String name) {
        for (Workload workload : workloads.sight(set).workloads()) {
            if (workload.name().equals(name)) {
                return workload;
            }
        }
        return null;
    }

    private static SourceCondition unseen(WorkloadSet set, Watch.State state) {
        return state == Watch.State.STARTING
                ? SourceCondition.unknown(ContainerDeployment.RUNNING, "NotYetKnown", set + " are being looked up")
                : SourceCondition.isFalse(ContainerDeployment.RUNNING, "SubjectForbidden", Bindings.forbidden(set));
    }

    private SourceCondition bound(Subject subject, @Nullable Workload deployment, SinkVariables variables) {
        Failure failure = failures.get(subject.uid());
        if (failure != null) {
            return SourceCondition.isFalse(ContainerDeployment.BOUND, failure.reason(), failure.message());
        }
        return deployment != null && variables.setIn(deployment.pod()).isEmpty()
                ? SourceCondition.isTrue(ContainerDeployment.BOUND)
                : SourceCondition.unknown(
                        ContainerDeployment.BOUND, "DeploymentUpdating", "the Deployment is being told the sink");
    }

    /** Has the Deployment be what it should, without a word where nobody has touched it since. */
    private void put(Subject subject, WorkloadSet set, @Nullable Workload deployment, ObjectNode template) {
        Put last = puts.get(subject.name());
        boolean isSame = deployment != null
                && last != null
                && last.uid().equals(deployment.uid())
                && last.generation() == deployment.generation()
                && last.template().equals(template);
        if (isSame) {
            // Also what failed last, if the template was changed and is what it was again.
            failures.remove(subject.uid());
            return;
        }
        ResourceDefinitionContext definition = workloads.definition(set).orElse(null);
        if (definition == null || silent || isContested(subject)) {
            return;
        }
        try {
            Optional<GenericKubernetesResource> written = deployment == null
                    ? writes.create(definition, ContainerDeployment.whole(subject.source(), template))
                    : writes.change(
                            definition, nameOf(deployment), ContainerDeployment.replacing(deployment, template));
            failures.remove(subject.uid());
            written.ifPresent(object -> {
                Workload now = Workload.of(set, object);
                // What the API server completes or spells otherwise is no change, and makes no generation.
                if (deployment == null || now.generation() != deployment.generation()) {
                    pace.wrote(subject.uid());
                    LOG.atInfo()
                            .addKeyValue("workload", now)
                            .addKeyValue("source", subject.name())
                            .log(deployment == null ? "created" : "changed");
                }
                puts.put(subject.name(), new Put(now.uid(), now.generation(), template));
                workloads.written(set, object);
            });
        } catch (KubernetesClientException e) {
            failed(subject.uid(), "the Deployment of " + subject.name(), set, e);
        }
    }

    private boolean isContested(Subject subject) {
        boolean rests = pace.rests(subject.uid());
        if (rests) {
            failures.put(
                    subject.uid(),
                    new Failure(
                            "SubjectContested",
                            "the Deployment of " + subject.name()
                                    + " was changed too often within a minute; where somebody else changes it back,"
                                    + " have that leave it alone"));
        }
        return rests;
    }
}
