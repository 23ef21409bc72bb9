/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.api.routing.Destination;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.LabelSelector;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceName;
import dev.sluice.control.binding.SinkBindingDefinition;
import dev.sluice.control.binding.SinkVariables;
import dev.sluice.control.kubernetes.Bindings.Binding;
import dev.sluice.control.kubernetes.Bindings.Decision;
import dev.sluice.control.kubernetes.Bindings.Failure;
import dev.sluice.control.kubernetes.Bindings.Step;
import dev.sluice.control.kubernetes.Workloads.Sight;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BindingsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final WorkloadSet DEPLOYMENTS = WorkloadSet.deployments("shop");
    private static final WorkloadSet JOBS = new WorkloadSet("shop", "batch/v1", "Job");
    private static final LabelSelector ALL = new LabelSelector(List.of());

    private final Map<WorkloadSet, Sight> sights = new HashMap<>();
    private final Map<String, Failure> failures = new HashMap<>();
    private Optional<String> excluded = Optional.empty();

    private static SinkVariables variables(String sink) {
        return SinkVariables.of(Destination.of(URI.create(sink)), Map.of());
    }

    /** Created in the order of their names, and in every respect as far as they get. */
    private static Binding binding(String name, WorkloadSet set, Optional<String> subject) {
        return new Binding(
                new SourceName("SinkBinding", new ResourceName("shop", name)),
                name,
                false,
                true,
                true,
                new SinkBindingDefinition(set.apiVersion(), set.kind(), subject, ALL),
                Optional.of(variables("http://" + name + ".example.com/")));
    }

    private static Binding toAll(String name) {
        return binding(name, DEPLOYMENTS, Optional.empty());
    }

    private static Binding toKettle(String name) {
        return binding(name, DEPLOYMENTS, Optional.of("kettle"));
    }

    private static Binding deleted(Binding of) {
        return new Binding(of.name(), of.created(), true, of.isHeld(), true, of.definition(), Optional.empty());
    }

    private static Binding withoutSink(Binding of) {
        return new Binding(of.name(), of.created(), false, of.isHeld(), true, of.definition(), Optional.empty());
    }

    private static Binding held(Binding of, boolean isHeld, boolean isAccepted) {
        return new Binding(
                of.name(), of.created(), of.isDeleting(), isHeld, isAccepted, of.definition(), of.variables());
    }

    /** @param metadata more of it, beginning with a comma */
    private static Workload workload(WorkloadSet set, String name, String metadata) {
        return Workload.of(
                set,
                Serialization.unmarshal(
                        """
                        apiVersion: %s
                        kind: %s
                        metadata: {namespace: shop, name: %s, uid: uid-of-%s, resourceVersion: "7"%s}
                        spec: {template: {spec: {containers: [{name: c, image: i}]}}}
                        """.formatted(set.apiVersion(), set.kind(), name, name, metadata),
                        GenericKubernetesResource.class));
    }

    private static Workload kettle() {
        return workload(DEPLOYMENTS, "kettle", "");
    }

    private void seen(Workload... workloads) {
        sights.put(workloads[0].set(), new Sight(Watch.State.SEEN, List.of(workloads)));
    }

    private Decision decide(Binding... bindings) {
        return Bindings.decide(
                List.of(bindings), set -> sights.getOrDefault(set, Sight.NOTHING), namespace -> excluded, failures);
    }

    private static SourceCondition available(Decision decision, Binding of) {
        return Objects.requireNonNull(decision.available().get(of.name()));
    }

    private static String reason(Decision decision, Binding of) {
        SourceCondition condition = available(decision, of);
        return condition.state() + " " + condition.reason();
    }

    /** As the API server would: what is merged into a workload. */
    private static Workload after(Step step) {
        Step.Change change = (Step.Change) step;
        ObjectNode object = change.workload().object().deepCopy();
        merge(object, change.patch());
        return new Workload(change.workload().set(), object);
    }

    private static void merge(ObjectNode into, ObjectNode patch) {
        patch.properties().forEach(entry -> {
            if (entry.getValue() instanceof ObjectNode inner) {
                merge(into.withObjectProperty(entry.getKey()), inner);
            } else if (entry.getValue().isNull()) {
                into.remove(entry.getKey());
            } else {
                into.set(entry.getKey(), entry.getValue());
            }
        });
    }

    private static String sinkOf(Workload workload) {
        for (var variable : workload.pod().at("/containers/0/env")) {
            if (variable.path("name").asText().equals("K_SINK")) {
                return variable.path("value").asText();
            }
        }
        return "";
    }

    private static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    // ---- binding ----------------------------------------------------------------------------------------------------

    @Test
    void a_workload_is_bound_and_then_left_alone() {
        // Given
        Binding binding = toKettle("a");
        seen(kettle(), workload(DEPLOYMENTS, "teapot", ""));

        // When
        Decision first = decide(binding);
        Workload bound = after(only(first.steps()));
        seen(bound, workload(DEPLOYMENTS, "teapot", ""));
        Decision second = decide(binding);

        // Then
        assertThat(reason(first, binding)).isEqualTo("UNKNOWN SubjectChanging");
        assertThat(sinkOf(bound)).isEqualTo("http://a.example.com/");
        assertThat(bound.boundBy()).isEqualTo("a");
        assertThat(second.steps()).isEmpty();
        assertThat(reason(second, binding)).isEqualTo("TRUE ");
    }

    @Test
    void a_write_counts_for_the_version_that_was_seen_only() {
        // Given
        seen(kettle());

        // When
        Step.Change change = (Step.Change) only(decide(toKettle("a")).steps());

        // Then
        assertThat(change.patch().at("/metadata/resourceVersion").asText()).isEqualTo("7");
    }

    @Test
    void a_workload_that_has_lost_the_variables_gets_them_back() {
        // Given
        seen(workload(DEPLOYMENTS, "kettle", ", annotations: {sluice.dev/sink-binding: a}"));

        // When
        Decision decision = decide(toKettle("a"));

        // Then
        assertThat(sinkOf(after(only(decision.steps())))).isEqualTo("http://a.example.com/");
    }

    @Test
    void nothing_is_bound_before_the_deletion_of_the_binding_waits_for_it() {
        // Given
        seen(kettle());
        Binding binding = toKettle("a");

        // Then
        assertThat(decide(held(binding, false, false)).steps()).isEmpty();
        assertThat(only(decide(held(binding, false, true)).steps())).isInstanceOf(Step.Hold.class);
    }

    @Test
    void a_cron_job_is_bound_where_its_jobs_are_described() {
        // Given
        WorkloadSet set = new WorkloadSet("shop", "batch/v1", "CronJob");
        Binding binding = binding("a", set, Optional.of("tick"));
        seen(new Workload(set, Serialization.unmarshal("""
                metadata: {namespace: shop, name: tick, uid: u, resourceVersion: "1"}
                spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}}
                """, ObjectNode.class)));

        // When
        Workload bound = after(only(decide(binding).steps()));

        // Then
        assertThat(sinkOf(bound)).isEqualTo("http://a.example.com/");
        assertThat(bound.object().at("/spec/schedule").asText()).isEqualTo("* * * * *");
    }

    @Test
    void a_job_keeps_its_pods_and_the_binding_says_so() {
        // Given
        Binding binding = binding("a", JOBS, Optional.of("once"));
        Workload job = workload(JOBS, "once", "");
        seen(job);

        // When
        Decision decision = decide(binding);

        // Then
        assertThat(decision.steps()).isEmpty();
        assertThat(reason(decision, binding)).isEqualTo("FALSE SubjectImmutable");
        assertThat(available(decision, binding).message())
                .contains("Job shop/once")
                .contains("CronJob");

        // When: it was created with the variables
        ObjectNode object = job.object().deepCopy();
        object.withObject("/spec/template")
                .set("spec", variables("http://a.example.com/").setIn(job.pod()).orElseThrow());
        seen(new Workload(JOBS, object));

        // Then
        assertThat(reason(decide(binding), binding)).isEqualTo("TRUE ");
    }

    // ---- whose it is ------------------------------------------------------------------------------------------------

    @Test
    void of_several_bindings_the_oldest_has_the_workload() {
        // Given
        seen(kettle());
        Binding older = toAll("a");
        Binding younger = toKettle("b");

        // When
        Decision decision = decide(younger, older);

        // Then
        assertThat(sinkOf(after(only(decision.steps())))).isEqualTo("http://a.example.com/");
        assertThat(reason(decision, younger)).isEqualTo("FALSE SubjectTaken");
        assertThat(available(decision, younger).message()).contains("SinkBinding shop/a");
    }

    @Test
    void when_the_oldest_goes_the_next_takes_over_in_one_write() {
        // Given
        Workload bound = after(only(decideOn(kettle(), toAll("a")).steps()));
        seen(bound);
        Binding older = deleted(toAll("a"));
        Binding younger = toKettle("b");

        // When
        Decision decision = decide(older, younger);
        Workload taken = after(only(decision.steps()));

        // Then
        assertThat(sinkOf(taken)).isEqualTo("http://b.example.com/");
        seen(taken);
        assertThat(only(decide(older, younger).steps())).isInstanceOf(Step.Release.class);
    }

    private Decision decideOn(Workload workload, Binding binding) {
        seen(workload);
        return decide(binding);
    }

    @Test
    void a_deployment_of_a_container_source_has_a_sink_of_its_own() {
        // Given
        seen(workload(
                DEPLOYMENTS, "kettle", ", ownerReferences: [{kind: ContainerSource, name: beats, controller: true}]"));
        Binding binding = toAll("a");

        // When
        Decision decision = decide(binding);

        // Then
        assertThat(decision.steps()).isEmpty();
        assertThat(reason(decision, binding)).isEqualTo("FALSE SubjectTaken");
        assertThat(available(decision, binding).message()).contains("ContainerSource beats");
    }

    // ---- setting free -----------------------------------------------------------------------------------------------

    @Test
    void a_workload_that_is_not_selected_any_more_is_set_free() {
        // Given
        Workload bound = after(only(decideOn(kettle(), toAll("a")).steps()));
        seen(bound);

        // When
        Workload free = after(
                only(decide(binding("a", DEPLOYMENTS, Optional.of("teapot"))).steps()));

        // Then
        assertThat(sinkOf(free)).isEmpty();
        assertThat(free.boundBy()).isEmpty();
        assertThat(free.pod()).isEqualTo(kettle().pod());
    }

    @Test
    void a_binding_that_is_deleted_goes_when_its_workloads_are_free() {
        // Given
        Workload bound = after(only(decideOn(kettle(), toAll("a")).steps()));
        seen(bound, workload(DEPLOYMENTS, "teapot", ""));
        Binding deleted = deleted(toAll("a"));

        // When
        Workload free = after(only(decide(deleted).steps()));
        seen(free, workload(DEPLOYMENTS, "teapot", ""));

        // Then
        assertThat(sinkOf(free)).isEmpty();
        assertThat(only(decide(deleted).steps())).isInstanceOf(Step.Release.class);
        assertThat(decide(held(deleted, false, true)).steps()).isEmpty();
    }

    @Test
    void a_binding_that_is_deleted_waits_while_its_workloads_can_not_be_seen_and_goes_with_their_kind() {
        Binding deleted = deleted(toAll("a"));
        for (Watch.State state : List.of(Watch.State.STARTING, Watch.State.FORBIDDEN)) {
            sights.put(DEPLOYMENTS, new Sight(state, List.of()));
            assertThat(decide(deleted).steps()).isEmpty();
        }
        sights.put(DEPLOYMENTS, new Sight(Watch.State.UNKNOWN_KIND, List.of()));
        assertThat(only(decide(deleted).steps())).isInstanceOf(Step.Release.class);
    }

    @Test
    void who_asks_to_be_left_alone_is_not_bound_and_set_free_if_he_was() {
        // Given
        Workload bound = after(only(decideOn(kettle(), toAll("a")).steps()));
        ObjectNode labelled = bound.object().deepCopy();
        labelled.withObject("/metadata/labels").put(Bindings.EXCLUDE, "true");
        seen(new Workload(DEPLOYMENTS, labelled));

        // When
        Decision ofAll = decide(toAll("a"));
        Decision byName = decide(toKettle("b"));

        // Then
        assertThat(sinkOf(after(only(ofAll.steps())))).isEmpty();
        assertThat(reason(ofAll, toAll("a"))).isEqualTo("TRUE ");
        assertThat(byName.steps()).isEmpty();
        assertThat(reason(byName, toKettle("b"))).isEqualTo("FALSE SubjectExcluded");
    }

    @Test
    void a_namespace_may_ask_that_nothing_in_it_be_bound() {
        // Given
        seen(kettle());
        excluded = Optional.of("namespace shop has the label");

        // Then
        assertThat(decide(toAll("a")).steps()).isEmpty();
        assertThat(available(decide(toKettle("a")), toKettle("a")).message()).contains("namespace shop");
    }

    // ---- what is not there ------------------------------------------------------------------------------------------

    @Test
    void without_its_sink_a_binding_leaves_the_workloads_as_they_are() {
        // Given
        Binding binding = withoutSink(toKettle("a"));
        seen(kettle());
        Decision unbound = decide(binding);
        seen(after(only(decide(toKettle("a")).steps())));

        // When
        Decision bound = decide(binding);

        // Then
        assertThat(unbound.steps()).isEmpty();
        assertThat(reason(unbound, binding)).isEqualTo("UNKNOWN SinkNotProvided");
        assertThat(bound.steps()).isEmpty();
        assertThat(reason(bound, binding)).isEqualTo("TRUE ");
    }

    @Test
    void a_subject_that_is_not_there_is_told_if_it_was_named() {
        // Given
        seen(workload(DEPLOYMENTS, "teapot", ", deletionTimestamp: \"2026-01-31T12:00:00Z\""));

        // Then
        Decision byName = decide(toKettle("a"));
        assertThat(reason(byName, toKettle("a"))).isEqualTo("FALSE SubjectMissing");
        assertThat(available(byName, toKettle("a")).message()).contains("Deployment shop/kettle");
        assertThat(reason(decide(toAll("a")), toAll("a"))).isEqualTo("TRUE NoSubject");
    }

    @Test
    void what_can_not_be_seen_is_told_with_what_to_do() {
        // Given
        Binding binding = toKettle("a");
        assertThat(reason(decide(binding), binding)).isEqualTo("UNKNOWN NotYetKnown");

        // When
        sights.put(DEPLOYMENTS, new Sight(Watch.State.FORBIDDEN, List.of()));

        // Then
        assertThat(reason(decide(binding), binding)).isEqualTo("FALSE SubjectForbidden");
        assertThat(available(decide(binding), binding).message())
                .contains("kubectl create rolebinding sluice-subjects -n shop --clusterrole=sluice-subjects");

        // When
        sights.put(DEPLOYMENTS, new Sight(Watch.State.UNKNOWN_KIND, List.of()));

        // Then
        assertThat(reason(decide(binding), binding)).isEqualTo("FALSE SubjectUnavailable");
    }

    @Test
    void what_makes_no_pods_can_not_be_bound() {
        // Given
        seen(new Workload(
                DEPLOYMENTS,
                JSON.createObjectNode().set("metadata", kettle().object().path("metadata"))));

        // Then
        assertThat(reason(decide(toKettle("a")), toKettle("a"))).isEqualTo("FALSE SubjectUnavailable");
    }

    @Test
    void why_a_workload_can_not_be_written_is_told_and_it_is_tried_again() {
        // Given
        seen(kettle());
        failures.put("uid-of-kettle", new Failure("SubjectUnavailable", "it is refused"));

        // When
        Decision decision = decide(toKettle("a"));

        // Then
        assertThat(decision.steps()).hasSize(1);
        assertThat(reason(decision, toKettle("a"))).isEqualTo("FALSE SubjectUnavailable");
        assertThat(available(decision, toKettle("a")).message()).isEqualTo("it is refused");
    }

    @Test
    void of_many_problems_the_first_are_told_and_the_number_of_the_rest() {
        // Given
        List<Workload> jobs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            jobs.add(workload(JOBS, "job-" + i, ""));
        }
        seen(jobs.toArray(Workload[]::new));
        Binding binding = binding("a", JOBS, Optional.empty());

        // Then
        assertThat(available(decide(binding), binding).message())
                .contains("Job shop/job-2")
                .doesNotContain("Job shop/job-3")
                .endsWith("and 2 more");
    }
}
