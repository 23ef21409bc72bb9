/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.Written.condition;
import static dev.sluice.control.reconcile.Written.message;
import static dev.sluice.control.reconcile.Written.resources;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.event.EventAttribute;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.Delivery;
import dev.sluice.api.routing.Ordering;
import dev.sluice.api.routing.Pacing;
import dev.sluice.api.routing.RateLimit;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.api.routing.StartFrom;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.resource.TriggerStatus;
import dev.sluice.control.store.Rejected;
import dev.sluice.control.store.ResourceKey;
import dev.sluice.control.store.Resources;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import dev.sluice.control.store.Targets;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconcilerTest {

    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    private static final ResourceName DEFAULT = ResourceName.parse("shop/default");
    private static final ResourceName PAID = ResourceName.parse("shop/paid");

    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata:
              name: default
              namespace: shop
            """;
    private static final String TRIGGER = """
            ---
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata:
              name: paid
              namespace: shop
            spec:
              broker: default
              filters:
                - exact:
                    type: paid
              subscriber:
                uri: http://paid:8080/events
            """;

    private final Reconciler reconciler =
            new Reconciler(ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory")));

    private Reconciliation reconcile(Resources resources) {
        return reconciler.reconcile(resources, RoutingTable.empty());
    }

    private static Statuses statuses(Reconciliation reconciliation) {
        return reconciliation.statuses(DataPlaneReport.inForce(), Statuses.none(), NOON);
    }

    private TriggerRoute route(String yaml) {
        return reconcile(resources(yaml)).table().broker(DEFAULT).triggers().get(PAID);
    }

    private TriggerStatus status(String yaml) {
        return statuses(reconcile(resources(yaml))).triggers().get(PAID);
    }

    @Test
    void a_broker_and_its_trigger_become_ready() {
        // When
        Reconciliation reconciliation = reconcile(resources(BROKER + TRIGGER));

        // Then
        BrokerRoute broker = reconciliation.table().broker(DEFAULT);
        assertThat(broker.uid()).isEqualTo("uid-of-default");
        assertThat(broker.channel().type()).isEqualTo("inmemory");
        assertThat(broker.notReady()).isEmpty();
        TriggerRoute trigger = broker.triggers().get(PAID);
        assertThat(trigger.uid()).isEqualTo("uid-of-paid");
        assertThat(trigger.filter()).isEqualTo(new Filter.All(List.of(new Filter.Exact(Map.of("type", "paid")))));
        assertThat(trigger.subscriber().uri()).hasToString("http://paid:8080/events");

        BrokerStatus brokerStatus = statuses(reconciliation).brokers().get(DEFAULT);
        assertThat(brokerStatus.getAddress().getUrl()).isEqualTo("http://localhost:8080/shop/default");
        assertThat(brokerStatus.getObservedGeneration()).isEqualTo(1);
        assertThat(brokerStatus.getConditions())
                .extracting(condition -> condition.getType() + " " + condition.getStatus())
                .containsExactly(
                        "Addressable True",
                        "DeadLetterSinkResolved True",
                        "EventPoliciesReady True",
                        "FilterReady True",
                        "IngressReady True",
                        "Ready True",
                        "TriggerChannelReady True");
        TriggerStatus triggerStatus = statuses(reconciliation).triggers().get(PAID);
        assertThat(triggerStatus.getSubscriberUri()).isEqualTo("http://paid:8080/events");
        assertThat(triggerStatus.getConditions())
                .extracting(condition -> condition.getType() + " " + condition.getStatus())
                .containsExactly(
                        "BrokerReady True",
                        "DeadLetterSinkResolved True",
                        "DependencyReady True",
                        "OIDCIdentityCreated True",
                        "Ready True",
                        "SubscriberResolved True",
                        "SubscriptionReady True");
    }

    @Test
    void a_trigger_without_its_broker_waits_for_it() {
        // When
        TriggerStatus alone = status(TRIGGER);

        // Then
        assertThat(condition(alone, "Ready")).isEqualTo("False BrokerDoesNotExist");
        assertThat(condition(alone, "SubscriberResolved")).isEqualTo("True");
        assertThat(message(alone, "Ready")).contains("no Broker shop/default");
        assertThat(condition(status(BROKER + TRIGGER), "Ready")).isEqualTo("True");
    }

    @Test
    void what_is_wrong_hides_what_there_is_in_files_and_not_in_a_cluster() {
        // Given
        Problem problem =
                new Problem("", 0, 0, "Trigger shop/paid", "spec.filter", "", "is wrong", "mend it", Severity.ERROR);

        // When
        RoutingTable files = reconcile(withProblem(resources(BROKER), Targets.none(), problem))
                .table();
        RoutingTable cluster = reconcile(
                        withProblem(resources(BROKER), new Targets("cluster.local", Map.of()), problem))
                .table();

        // Then
        assertThat(files.complete()).isFalse();
        assertThat(cluster.complete()).isTrue();
        assertThat(Reconciliation.NOTHING.table().complete()).isFalse();
        assertThat(View.NOTHING.inForce().complete()).isFalse();
    }

    @Test
    void what_does_not_count_of_a_resource_is_said_and_what_does() {
        // Given
        var fields = new Problem(
                "", 0, 0, "", "spec.broker", "other", "can't be changed from \"default\"", "mend it", Severity.ERROR);
        ResourceKey broker = new ResourceKey("Broker", DEFAULT);
        ResourceKey trigger = new ResourceKey("Trigger", PAID);

        // When
        Statuses immutable = statuses(reconcile(withRejected(Map.of(
                broker, rejected("default", Rejected.Cause.IMMUTABLE_FIELD_CHANGED, fields),
                trigger, rejected("paid", Rejected.Cause.IMMUTABLE_FIELD_CHANGED, fields)))));
        Statuses invalid =
                statuses(reconcile(withRejected(Map.of(trigger, rejected("paid", Rejected.Cause.INVALID, fields)))));

        // Then
        assertThat(condition(immutable.triggers().get(PAID), "SubscriptionReady"))
                .isEqualTo("False ImmutableFieldChanged");
        String counts = "; what it was counts on, and everything else of the resource counts as it is written";
        assertThat(message(immutable.triggers().get(PAID), "SubscriptionReady")).endsWith(counts);
        assertThat(message(immutable.brokers().get(DEFAULT), "TriggerChannelReady"))
                .endsWith(counts);
        assertThat(message(invalid.triggers().get(PAID), "SubscriptionReady"))
                .endsWith("; the last good version stays in force");
    }

    private static Rejected rejected(String name, Rejected.Cause cause, Problem problem) {
        return new Rejected("uid-of-" + name, 2, Optional.of(DEFAULT), cause, List.of(problem));
    }

    private static Resources withRejected(Map<ResourceKey, Rejected> rejected) {
        Resources known = resources(BROKER + TRIGGER);
        return new Resources(
                known.brokers(),
                known.triggers(),
                known.configMaps(),
                known.secrets(),
                List.of(),
                known.awaited(),
                rejected,
                new Targets("cluster.local", Map.of()),
                known.sources(),
                true);
    }

    private static Resources withProblem(Resources known, Targets targets, Problem problem) {
        return new Resources(
                known.brokers(),
                known.triggers(),
                known.configMaps(),
                known.secrets(),
                List.of(problem),
                known.awaited(),
                known.rejected(),
                targets,
                known.sources(),
                true);
    }

    @Test
    void a_broker_of_another_class_and_its_triggers_are_left_alone() {
        // Given
        String other = BROKER + "  annotations:\n    eventing.knative.dev/broker.class: Kafka\n";

        // When
        Reconciliation reconciliation = reconcile(resources(other + TRIGGER));

        // Then
        assertThat(reconciliation.table().brokers()).isEmpty();
        assertThat(statuses(reconciliation).brokers()).isEmpty();
        assertThat(statuses(reconciliation).triggers()).isEmpty();
    }

    @Test
    void an_invalid_filter_never_matches_everything() {
        // When
        String broken = BROKER + TRIGGER.replace("exact:", "exactly:");

        // Then
        assertThat(route(broken)).isNull();
        assertThat(condition(status(broken), "Ready")).isEqualTo("False InvalidFilter");
        assertThat(message(status(broken), "Ready"))
                .isEqualTo("spec.filters[0].exactly is no filter dialect; did you mean exact?");
    }

    @Test
    void the_last_good_route_stays_in_force_when_an_edit_breaks_the_trigger() {
        // Given
        RoutingTable before = reconcile(resources(BROKER + TRIGGER)).table();

        // When
        Resources edited = resources(
                2,
                BROKER + TRIGGER.replace("exact:", "exactly:").replace("http://paid:8080/events", "http://elsewhere/"));
        Reconciliation reconciliation = reconciler.reconcile(edited, before);

        // Then
        assertThat(reconciliation.table().broker(DEFAULT).triggers())
                .isEqualTo(before.broker(DEFAULT).triggers());
        TriggerStatus status = statuses(reconciliation).triggers().get(PAID);
        assertThat(condition(status, "Ready")).isEqualTo("False InvalidFilter");
        assertThat(message(status, "Ready")).endsWith("; the last good version (generation 1) stays in force");
        assertThat(status.getSubscriberUri()).isEqualTo("http://paid:8080/events");
        assertThat(status.getObservedGeneration()).isEqualTo(2);
    }

    @Test
    void nothing_stays_in_force_of_a_broken_trigger_whose_broker_is_gone() {
        // Given
        RoutingTable before = reconcile(resources(BROKER + TRIGGER)).table();

        // When
        Reconciliation reconciliation =
                reconciler.reconcile(resources(2, TRIGGER.replace("exact:", "exactly:")), before);

        // Then
        TriggerStatus status = statuses(reconciliation).triggers().get(PAID);
        assertThat(condition(status, "SubscriptionReady")).isEqualTo("False InvalidFilter");
        assertThat(message(status, "SubscriptionReady")).doesNotContain("in force");
    }

    @Test
    void another_uid_inherits_nothing() {
        // Given
        RoutingTable before = reconcile(resources(BROKER + TRIGGER)).table();
        Resources recreated = resources(BROKER + TRIGGER.replace("exact:", "exactly:"));
        recreated.triggers().get(PAID).getMetadata().setUid("another");

        // When
        Reconciliation reconciliation = reconciler.reconcile(recreated, before);

        // Then
        assertThat(reconciliation.table().broker(DEFAULT).triggers()).isEmpty();
    }

    @Test
    void what_is_taken_over_is_what_would_be_decided_anew() {
        // Given
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Map<ResourceName, Broker> brokers = new HashMap<>(resources(BROKER).brokers());
        Map<ResourceName, Trigger> triggers = new HashMap<>();
        InForce inForce = InForce.NOTHING;
        for (int generation = 1; generation <= 300; generation++) {
            changeSomething(random, generation, brokers, triggers);
            Resources now = new Resources(brokers, triggers, Map.of(), Map.of(), List.of(), Set.of());
            DataPlaneReport report =
                    new DataPlaneReport(random.nextInt(4) == 0 ? Map.of(DEFAULT, "disk full") : Map.of());

            // When
            Reconciliation takenOver = reconciler.reconcile(now, inForce.reconciliation());
            Statuses statuses = takenOver.statuses(report, inForce, NOON.plusSeconds(generation));

            // Then
            Reconciliation anew =
                    reconciler.reconcile(now, inForce.reconciliation().table());
            assertThat(takenOver.table()).as("seed %d", seed).isEqualTo(anew.table());
            assertThat(statuses)
                    .as("seed %d", seed)
                    .usingRecursiveComparison()
                    .isEqualTo(anew.statuses(report, inForce.statuses(), NOON.plusSeconds(generation)));
            // As the controller does: what could not be put in force is decided from what was in force before.
            if (random.nextInt(5) != 0) {
                inForce = new InForce(takenOver, report, statuses);
            }
        }
    }

    private static void changeSomething(
            Random random, int generation, Map<ResourceName, Broker> brokers, Map<ResourceName, Trigger> triggers) {
        if (random.nextInt(4) == 0) {
            String[] versions = {
                BROKER, BROKER_WITH_DELIVERY, BROKER + "  annotations: {sluice.dev/channel: disk}\n", ""
            };
            brokers.clear();
            brokers.putAll(resources(generation, versions[random.nextInt(versions.length)])
                    .brokers());
            return;
        }
        String name = "t" + random.nextInt(6);
        if (random.nextInt(6) == 0) {
            triggers.remove(new ResourceName("shop", name));
            return;
        }
        String trigger = TRIGGER.replace("name: paid", "name: " + name);
        String[] versions = {
            trigger,
            trigger.replace("exact:", "exactly:"),
            trigger.replace("http://paid:8080/events", "http://elsewhere/"),
            trigger.replace("broker: default", "broker: nowhere")
        };
        triggers.putAll(
                resources(generation, versions[random.nextInt(versions.length)]).triggers());
    }

    @Test
    void an_edit_decides_nothing_about_the_other_triggers() {
        // Given
        Resources before = resources(BROKER + TRIGGER + "---\n" + TRIGGER.replace("name: paid", "name: other"));
        Reconciliation first = reconciler.reconcile(before, Reconciliation.NOTHING);
        InForce inForce = new InForce(first, DataPlaneReport.inForce(), statuses(first));
        Map<ResourceName, Trigger> triggers = new HashMap<>(before.triggers());
        triggers.putAll(
                resources(2, TRIGGER.replace("type: paid", "type: refunded")).triggers());
        Resources edited = new Resources(before.brokers(), triggers, Map.of(), Map.of(), List.of(), Set.of());

        // When
        Reconciliation second = reconciler.reconcile(edited, first);
        Statuses statuses = second.statuses(DataPlaneReport.inForce(), inForce, NOON.plusSeconds(60));

        // Then
        ResourceName other = new ResourceName("shop", "other");
        assertThat(second.trigger(other)).isSameAs(first.trigger(other));
        assertThat(statuses.triggers().get(other))
                .isSameAs(inForce.statuses().triggers().get(other));
        assertThat(statuses.triggers().get(PAID).getObservedGeneration()).isEqualTo(2);
    }

    @Test
    void nothing_counts_as_deleted_while_the_api_server_is_away() {
        // Given
        Resources known = resources(BROKER + TRIGGER);
        Resources outOfDate = new Resources(
                known.brokers(),
                known.triggers(),
                known.configMaps(),
                known.secrets(),
                known.problems(),
                known.awaited(),
                known.rejected(),
                known.targets(),
                known.sources(),
                false);

        // When
        RoutingTable table = reconcile(outOfDate).table();

        // Then
        assertThat(table.complete()).isFalse();
        assertThat(reconcile(known).table().complete()).isTrue();
        assertThat(table.brokers()).isEqualTo(reconcile(known).table().brokers());
    }

    @Test
    void a_subscriber_that_needs_a_cluster_says_so() {
        // When
        TriggerStatus status = status(BROKER
                + TRIGGER.replace("uri: http://paid:8080/events", "ref: {apiVersion: v1, kind: Service, name: paid}"));

        // Then
        assertThat(condition(status, "SubscriberResolved")).isEqualTo("False NeedsCluster");
        assertThat(message(status, "Ready"))
                .isEqualTo("spec.subscriber.ref names Service shop/paid, which can't be looked up without a Kubernetes"
                        + " cluster; write spec.subscriber.uri with its address instead");
    }

    private static Resources inCluster(String yaml, Map<TargetKey, Target> known) {
        return inCluster(yaml, "cluster.local", known);
    }

    private static Resources inCluster(String yaml, String domain, Map<TargetKey, Target> known) {
        Resources written = Written.resources(yaml);
        return new Resources(
                written.brokers(),
                written.triggers(),
                written.configMaps(),
                written.secrets(),
                List.of(),
                Set.of(),
                Map.of(),
                new Targets(domain, known),
                Map.of(),
                true);
    }

    private static Target.Found found(Target.Readiness readiness, Target.Address... addresses) {
        return new Target.Found(List.of(addresses), readiness);
    }

    private TriggerStatus clusterStatus(String subscriber, Map<TargetKey, Target> known) {
        String trigger =
                TRIGGER.replace("subscriber:\n    uri: http://paid:8080/events", "subscriber: {" + subscriber + "}");
        return statuses(reconcile(inCluster(BROKER + trigger, known)))
                .triggers()
                .get(PAID);
    }

    @Test
    void a_ref_in_the_cluster_resolves_as_in_knative() {
        // Given
        var silent = new Target.Readiness(Optional.empty(), "", "", true);
        var service = new TargetKey("v1", "Service", new ResourceName("shop", "paid"));
        var other = new TargetKey("example.com/v1", "Thing", new ResourceName("elsewhere", "paid"));
        Map<TargetKey, Target> known = Map.of(
                service,
                found(silent),
                other,
                found(
                        silent,
                        new Target.Address("http", "http://thing.example.com/in/", null, null),
                        new Target.Address("https", "https://thing.example.com/in/", "pem", "aud")));
        String thing = "ref: {apiVersion: example.com/v1, kind: Thing, namespace: elsewhere, name: paid";

        // When
        TriggerStatus ofService = clusterStatus("ref: {apiVersion: v1, kind: Service, name: paid}", known);
        TriggerStatus relative = clusterStatus("ref: {apiVersion: v1, kind: Service, name: paid}, uri: /a/b", known);
        TriggerStatus beside = clusterStatus("ref: {apiVersion: v1, kind: Service, name: paid}, uri: a/b", known);
        TriggerStatus first = clusterStatus(thing + "}, uri: x", known);
        TriggerStatus named = clusterStatus(thing + ", address: https}", known);
        TriggerStatus misnamed = clusterStatus(thing + ", address: ftp}", known);

        // Then
        assertThat(ofService.getSubscriberUri()).isEqualTo("http://paid.shop.svc.cluster.local");
        assertThat(relative.getSubscriberUri()).isEqualTo("http://paid.shop.svc.cluster.local/a/b");
        assertThat(beside.getSubscriberUri()).isEqualTo("http://paid.shop.svc.cluster.local/a/b");
        assertThat(first.getSubscriberUri()).isEqualTo("http://thing.example.com/in/x");
        assertThat(named.getSubscriberUri()).isEqualTo("https://thing.example.com/in/");
        assertThat(named.getSubscriberAudience()).isEqualTo("aud");
        assertThat(named.getSubscriberCACerts()).isEqualTo("pem");
        assertThat(condition(misnamed, "SubscriberResolved")).isEqualTo("False AddressNotFound");
    }

    @Test
    void a_service_is_named_in_the_domain_of_its_cluster_and_by_https_where_certificates_are_given() {
        // Given
        var service = new TargetKey("v1", "Service", new ResourceName("shop", "paid"));
        Target there = found(new Target.Readiness(Optional.empty(), "", "", true));
        String trigger = TRIGGER.replace(
                "subscriber:\n    uri: http://paid:8080/events",
                "subscriber: {ref: {apiVersion: v1, kind: Service, name: paid}, audience: shop}");
        Resources resources = inCluster(BROKER + trigger, "corp.example", Map.of(service, there));
        resources.triggers().get(PAID).getSpec().getSubscriber().setCaCerts("pem");

        // When
        TriggerStatus status = statuses(reconcile(resources)).triggers().get(PAID);

        // Then
        assertThat(status.getSubscriberUri()).isEqualTo("https://paid.shop.svc.corp.example");
        assertThat(status.getSubscriberCACerts()).isEqualTo("pem");
        assertThat(status.getSubscriberAudience()).isEqualTo("shop");
    }

    @Test
    void a_ref_that_leads_nowhere_says_what_it_waits_for() {
        // Given
        var key = new TargetKey("v1", "Service", new ResourceName("shop", "paid"));
        String ref = "ref: {apiVersion: v1, kind: Service, name: paid}";

        // When, Then
        assertThat(condition(clusterStatus(ref, Map.of()), "SubscriberResolved"))
                .isEqualTo("Unknown NotYetKnown");
        assertThat(condition(clusterStatus(ref, Map.of(key, new Target.Absent())), "Ready"))
                .isEqualTo("False NotFound");
        assertThat(condition(clusterStatus(ref, Map.of(key, new Target.Forbidden())), "Ready"))
                .isEqualTo("False Forbidden");
        assertThat(condition(clusterStatus(ref, Map.of(key, new Target.UnknownKind())), "Ready"))
                .isEqualTo("False KindUnknown");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://{host}/", "//host/x", "/x", "mailto:somebody"})
    void an_address_that_is_no_url_of_a_host_is_said_of_that_trigger_alone(String url) {
        // Given
        var silent = new Target.Readiness(Optional.empty(), "", "", true);
        var key = new TargetKey("example.com/v1", "Thing", new ResourceName("shop", "paid"));
        String strange = TRIGGER.replace(
                "uri: http://paid:8080/events", "ref: {apiVersion: example.com/v1, kind: Thing, name: paid}");
        String good = TRIGGER.replace("name: paid", "name: good");

        // When
        Reconciliation reconciliation = reconcile(inCluster(
                BROKER + strange + good, Map.of(key, found(silent, new Target.Address("http", url, null, null)))));

        // Then
        Statuses statuses = statuses(reconciliation);
        assertThat(condition(statuses.triggers().get(PAID), "SubscriberResolved"))
                .isEqualTo("False NotAddressable");
        assertThat(message(statuses.triggers().get(PAID), "SubscriberResolved"))
                .isEqualTo("spec.subscriber.ref names Thing shop/paid, whose address \"" + url
                        + "\" is not an absolute URI with a host");
        assertThat(condition(statuses.triggers().get(ResourceName.parse("shop/good")), "Ready"))
                .isEqualTo("True");
    }

    @Test
    void a_dependency_in_the_cluster_decides() {
        // Given
        var key = new TargetKey("sources.knative.dev/v1", "PingSource", new ResourceName("shop", "ping"));
        String yaml = BROKER
                + TRIGGER.replace(
                        "namespace: shop\nspec",
                        "namespace: shop\n  annotations: {knative.dev/dependency: "
                                + "'{\"apiVersion\":\"sources.knative.dev/v1\",\"kind\":\"PingSource\",\"name\":\"ping\"}'}"
                                + "\nspec");

        // When, Then
        assertThat(dependency(yaml, key, new Target.Absent())).isEqualTo("False DependencyDoesNotExist");
        assertThat(dependency(yaml, key, found(new Target.Readiness(Optional.of("True"), "", "", true))))
                .isEqualTo("True");
        assertThat(dependency(yaml, key, found(new Target.Readiness(Optional.of("True"), "", "", false))))
                .isEqualTo("Unknown GenerationNotEqual");
        assertThat(dependency(yaml, key, found(new Target.Readiness(Optional.of("False"), "NoSink", "", true))))
                .isEqualTo("False NoSink");
    }

    private String dependency(String yaml, TargetKey key, Target target) {
        Resources resources = inCluster(yaml, Map.of(key, target));
        Statuses statuses = statuses(reconcile(resources));
        return condition(statuses.triggers().get(PAID), "DependencyReady");
    }

    @Test
    void a_ref_to_a_broker_resolves_to_its_address() {
        // Given
        String ref = "ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: %s}";

        // When
        TriggerRoute known = route(BROKER + TRIGGER.replace("uri: http://paid:8080/events", ref.formatted("default")));
        TriggerStatus unknown =
                status(BROKER + TRIGGER.replace("uri: http://paid:8080/events", ref.formatted("other")));

        // Then
        assertThat(known.subscriber().uri()).hasToString("http://localhost:8080/shop/default");
        assertThat(condition(unknown, "SubscriberResolved")).isEqualTo("False BrokerDoesNotExist");
    }

    @Test
    void a_relative_uri_is_resolved_against_the_broker() {
        // When
        TriggerRoute route = route(BROKER
                + TRIGGER.replace(
                        "uri: http://paid:8080/events",
                        "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: default}, uri: /shop/other}"));

        // Then
        assertThat(route.subscriber().uri()).hasToString("http://localhost:8080/shop/other");
    }

    @Test
    void without_a_delivery_the_defaults_count() {
        // When
        Delivery delivery = route(BROKER + TRIGGER).delivery();

        // Then
        assertThat(delivery.retry()).isEqualTo(10);
        assertThat(delivery.backoffPolicy()).isEqualTo(Delivery.BackoffPolicy.EXPONENTIAL);
        assertThat(delivery.backoffDelay()).isEqualTo(Duration.ofMillis(200));
        assertThat(delivery.backoffMax()).isEqualTo(Duration.ofMinutes(5));
        assertThat(delivery.timeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(delivery.retryAfterMax()).isEmpty();
        assertThat(delivery.deadLetterSink()).isEmpty();
        assertThat(delivery.format()).isEqualTo(Delivery.Format.BINARY);
    }

    private static final String BROKER_WITH_DELIVERY = BROKER + """
            spec:
              delivery:
                retry: 7
                backoffPolicy: linear
                backoffDelay: PT3S
                deadLetterSink:
                  uri: http://brokers-sink/
            """;

    @Test
    void a_trigger_without_delivery_has_its_brokers() {
        // When
        Delivery delivery = route(BROKER_WITH_DELIVERY + TRIGGER).delivery();

        // Then
        assertThat(delivery.retry()).isEqualTo(7);
        assertThat(delivery.backoffPolicy()).isEqualTo(Delivery.BackoffPolicy.LINEAR);
        assertThat(delivery.backoffDelay()).isEqualTo(Duration.ofSeconds(3));
        assertThat(delivery.deadLetterSink().orElseThrow().uri()).hasToString("http://brokers-sink/");
    }

    @Test
    void a_triggers_delivery_counts_as_a_whole_but_for_the_dead_letter_sink() {
        // When
        Delivery delivery = route(BROKER_WITH_DELIVERY
                        + TRIGGER
                        + "  delivery: {timeout: PT5S, retryAfterMax: PT0S, format: json}\n")
                .delivery();

        // Then
        assertThat(delivery.retry()).isZero();
        assertThat(delivery.backoffPolicy()).isEqualTo(Delivery.BackoffPolicy.EXPONENTIAL);
        assertThat(delivery.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(delivery.retryAfterMax()).contains(Duration.ZERO);
        assertThat(delivery.format()).isEqualTo(Delivery.Format.JSON);
        assertThat(delivery.deadLetterSink().orElseThrow().uri()).hasToString("http://brokers-sink/");
    }

    @Test
    void a_triggers_own_dead_letter_sink_goes_before_its_brokers() {
        // When
        String yaml = BROKER_WITH_DELIVERY + TRIGGER + "  delivery: {deadLetterSink: {uri: http://own-sink/}}\n";

        // Then
        assertThat(route(yaml).delivery().deadLetterSink().orElseThrow().uri()).hasToString("http://own-sink/");
        assertThat(status(yaml).getDeadLetterSinkUri()).isEqualTo("http://own-sink/");
    }

    @Test
    void annotations_set_reply_policy_and_longest_backoff() {
        // When
        String annotated = TRIGGER.replace(
                "  namespace: shop\n",
                "  namespace: shop\n  annotations: {sluice.dev/reply: strict, sluice.dev/backoff-max: PT30S}\n");
        TriggerRoute route = route(BROKER + annotated);

        // Then
        assertThat(route.reply()).isEqualTo(TriggerRoute.ReplyPolicy.STRICT);
        assertThat(route.delivery().backoffMax()).isEqualTo(Duration.ofSeconds(30));
    }

    private static String annotated(String... annotations) {
        return TRIGGER.replace(
                "  namespace: shop\n", "  namespace: shop\n  annotations: {" + String.join(", ", annotations) + "}\n");
    }

    @Test
    void without_annotations_a_trigger_is_unordered_and_has_a_breaker() {
        // When
        TriggerRoute route = route(BROKER + TRIGGER);

        // Then
        assertThat(route.ordering()).isEmpty();
        assertThat(route.pacing()).isEqualTo(new Pacing(OptionalInt.empty(), Optional.empty(), true, false));
        assertThat(route.delivery().jitter()).isEqualTo(Delivery.Jitter.NONE);
    }

    @Test
    void annotations_set_order_and_pace() {
        // When
        TriggerRoute route = route(BROKER
                + annotated(
                        "kafka.eventing.knative.dev/delivery.order: ordered",
                        "sluice.dev/order-by: subject",
                        "sluice.dev/on-exhausted: block",
                        "sluice.dev/max-in-flight: \"7\"",
                        "sluice.dev/rate-limit: 2.5;burst=9",
                        "sluice.dev/breaker: \"off\"",
                        "sluice.dev/paused: \"true\"",
                        "sluice.dev/backoff-jitter: full"));

        // Then
        assertThat(route.ordering()).contains(new Ordering(EventAttribute.named("subject"), true));
        assertThat(route.pacing())
                .isEqualTo(new Pacing(OptionalInt.of(7), Optional.of(new RateLimit(2.5, 9)), false, true));
        assertThat(route.delivery().jitter()).isEqualTo(Delivery.Jitter.FULL);
    }

    @Test
    void start_from_says_what_a_trigger_begins_with() {
        assertThat(route(BROKER + TRIGGER).startFrom()).isEqualTo(StartFrom.Place.DEFAULT);
        assertThat(route(BROKER + annotated("sluice.dev/start-from: earliest")).startFrom())
                .isEqualTo(StartFrom.Place.EARLIEST);
        // Without quotes, as people write times.
        assertThat(route(BROKER + annotated("sluice.dev/start-from: 2026-01-31T12:00:00Z"))
                        .startFrom())
                .isEqualTo(new StartFrom.Time(Instant.parse("2026-01-31T12:00:00Z")));
    }

    @Test
    void order_is_by_partition_key_where_nothing_else_is_said() {
        // When
        TriggerRoute route = route(BROKER + annotated("kafka.eventing.knative.dev/delivery.order: ordered"));

        // Then
        assertThat(route.ordering()).contains(new Ordering(EventAttribute.named("partitionkey"), false));
    }

    @Test
    void with_a_dead_letter_sink_the_breaker_is_for_those_who_ask_for_it() {
        assertThat(route(BROKER_WITH_DELIVERY + TRIGGER).pacing().breaker()).isFalse();
        assertThat(route(BROKER_WITH_DELIVERY + annotated("sluice.dev/breaker: pause"))
                        .pacing()
                        .breaker())
                .isTrue();
    }

    @Test
    void jitter_of_the_broker_counts_unless_the_trigger_says_otherwise() {
        // Given
        String broker = BROKER.replace(
                "  namespace: shop\n", "  namespace: shop\n  annotations: {sluice.dev/backoff-jitter: full}\n");

        // Then
        assertThat(route(broker + TRIGGER).delivery().jitter()).isEqualTo(Delivery.Jitter.FULL);
        assertThat(route(broker + annotated("sluice.dev/backoff-jitter: none"))
                        .delivery()
                        .jitter())
                .isEqualTo(Delivery.Jitter.NONE);
    }

    @Test
    void a_broker_with_an_unknown_channel_type_refuses_events() {
        // When
        Reconciliation reconciliation =
                reconcile(resources(BROKER + "  annotations: {sluice.dev/channel: disk}\n" + TRIGGER));

        // Then
        assertThat(reconciliation.table().broker(DEFAULT).notReady().orElseThrow())
                .contains("\"disk\"", "inmemory");
        assertThat(condition(statuses(reconciliation).brokers().get(DEFAULT), "Ready"))
                .isEqualTo("False ChannelTypeUnknown");
        assertThat(condition(statuses(reconciliation).triggers().get(PAID), "BrokerReady"))
                .isEqualTo("False ChannelTypeUnknown");
    }

    @Test
    void a_config_map_without_kafkas_keys_is_ignored() {
        // Given
        String config = BROKER + """
                spec:
                  config: {apiVersion: v1, kind: ConfigMap, name: config-br-default-channel}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: config-br-default-channel, namespace: shop}
                data:
                  channel-template-spec: "kind: InMemoryChannel"
                """;

        // When
        BrokerRoute ignored = reconcile(resources(config)).table().broker(DEFAULT);
        BrokerRoute kafka = reconcile(resources(config.replace("channel-template-spec", "bootstrap.servers")))
                .table()
                .broker(DEFAULT);

        // Then
        assertThat(ignored.channel().type()).isEqualTo("inmemory");
        assertThat(ignored.channel().options()).isEmpty();
        assertThat(kafka.channel().type()).isEqualTo("kafka");
        assertThat(kafka.channel().options()).containsKey("bootstrap.servers");
    }

    private static final Reconciler WITH_KAFKA = new Reconciler(
            ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory", "kafka")));

    @Test
    void a_channel_is_told_what_the_config_map_its_secret_and_the_annotations_say() {
        // Given
        String yaml = BROKER + """
                  annotations:
                    sluice.dev/partition-by: subject
                    kafka.eventing.knative.dev/external.topic: orders
                spec:
                  config: {apiVersion: v1, kind: ConfigMap, name: kafka, namespace: infra}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: kafka, namespace: infra}
                data:
                  bootstrap.servers: kafka:9092
                  auth.secret.ref.name: login
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: login, namespace: infra}
                data: {user: c2x1aWNl, broken: "="}
                stringData: {password: secret}
                """;

        // When
        ChannelSpec channel = WITH_KAFKA
                .reconcile(resources(yaml), RoutingTable.empty())
                .table()
                .broker(DEFAULT)
                .channel();

        // Then
        assertThat(channel.type()).isEqualTo("kafka");
        assertThat(channel.options())
                .isEqualTo(Map.of(
                        "bootstrap.servers", "kafka:9092",
                        "auth.secret.ref.name", "login",
                        "sluice.dev/partition-by", "subject",
                        "kafka.eventing.knative.dev/external.topic", "orders"));
        assertThat(channel.secret()).containsEntry("user", "sluice").containsEntry("password", "secret");
        assertThat(channel.toString()).contains("[hidden]").doesNotContain("password");
    }

    @Test
    void a_config_map_that_is_not_there_is_missed_unless_it_is_knatives_own() {
        // Given
        String config = BROKER + "spec:\n  config: {apiVersion: v1, kind: ConfigMap, name: kafka, namespace: infra}\n";

        // When
        Reconciliation missing = WITH_KAFKA.reconcile(resources(config), RoutingTable.empty());
        Reconciliation knatives =
                WITH_KAFKA.reconcile(resources(config.replace("infra", "knative-eventing")), RoutingTable.empty());

        // Then
        assertThat(condition(statuses(missing).brokers().get(DEFAULT), "Ready")).isEqualTo("False ConfigMapMissing");
        assertThat(message(statuses(missing).brokers().get(DEFAULT), "Ready")).contains("infra/kafka", "create it");
        assertThat(missing.table().broker(DEFAULT).notReady()).isPresent();
        assertThat(knatives.table().broker(DEFAULT).notReady()).isEmpty();
    }

    @Test
    void what_the_channel_of_a_broker_is_nobody_can_tell_without_its_config_map() {
        // Given
        String broker = BROKER + "spec:\n  config: {apiVersion: v1, kind: ConfigMap, name: kafka}\n";
        Resources without = resources(broker);
        Resources with = resources(broker + """
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: kafka, namespace: shop}
                data: {bootstrap.servers: "kafka:9092"}
                """);
        Resources unheard = resources(BROKER + "  annotations: {sluice.dev/channel: disk}\n");

        // When
        Optional<ChannelSpec> unknown = WITH_KAFKA.channelOf(without.brokers().get(DEFAULT), without);
        Optional<ChannelSpec> known = WITH_KAFKA.channelOf(with.brokers().get(DEFAULT), with);
        Optional<ChannelSpec> impossible =
                WITH_KAFKA.channelOf(unheard.brokers().get(DEFAULT), unheard);

        // Then
        assertThat(unknown).isEmpty();
        assertThat(known.orElseThrow().options()).containsEntry("bootstrap.servers", "kafka:9092");
        assertThat(impossible.orElseThrow().type()).isEqualTo("disk");
    }

    @Test
    void a_role_says_what_others_do_and_leaves_to_them_what_only_they_know() {
        // Given
        Reconciler ingress = new Reconciler(new ReconcilerSettings(
                URI.create("http://localhost:8080"),
                ReconcilerSettings.DEFAULT_DELIVERY_TIMEOUT,
                ReconcilerSettings.DEFAULT_BACKOFF_MAX,
                "kafka",
                Set.of("kafka"),
                true,
                false,
                ReconcilerSettings.SourcesRun.ELSEWHERE));

        // When
        Statuses statuses = statuses(ingress.reconcile(resources(BROKER + TRIGGER), RoutingTable.empty()));

        // Then
        assertThat(condition(statuses.brokers().get(DEFAULT), "Ready")).isEqualTo("True");
        assertThat(condition(statuses.brokers().get(DEFAULT), "FilterReady")).isEqualTo("True InOtherProcesses");
        assertThat(condition(statuses.triggers().get(PAID), "BrokerReady")).isEqualTo("True");
        assertThat(condition(statuses.triggers().get(PAID), "Ready")).isEqualTo("Unknown InOtherProcesses");
    }

    @Test
    void a_trigger_that_waits_for_its_channel_is_not_ready_and_its_broker_is() {
        // When
        Statuses statuses = reconcile(resources(BROKER + TRIGGER))
                .statuses(new DataPlaneReport(Map.of(), Map.of(PAID, "no answer"), Set.of()), Statuses.none(), NOON);

        // Then
        assertThat(condition(statuses.brokers().get(DEFAULT), "Ready")).isEqualTo("True");
        assertThat(condition(statuses.triggers().get(PAID), "Ready")).isEqualTo("False NotSubscribed");
        assertThat(message(statuses.triggers().get(PAID), "Ready")).isEqualTo("no answer; trying again");
    }

    @Test
    void a_broker_whose_channel_was_opened_otherwise_says_so_and_works_on() {
        // When
        Statuses statuses = reconcile(resources(BROKER + TRIGGER))
                .statuses(new DataPlaneReport(Map.of(), Map.of(), Set.of(DEFAULT)), Statuses.none(), NOON);

        // Then
        assertThat(condition(statuses.brokers().get(DEFAULT), "TriggerChannelReady"))
                .isEqualTo("True ChannelChanged");
        assertThat(condition(statuses.triggers().get(PAID), "Ready")).isEqualTo("True");
    }

    @Test
    void a_dead_letter_sink_that_breaks_leaves_a_working_broker_at_work() {
        // Given
        RoutingTable before =
                reconcile(resources(BROKER_WITH_DELIVERY + TRIGGER)).table();
        String broken = BROKER_WITH_DELIVERY.replace(
                "uri: http://brokers-sink/", "ref: {apiVersion: v1, kind: Service, name: sink}");

        // When
        Reconciliation edited = reconciler.reconcile(resources(2, broken + TRIGGER), before);
        Reconciliation fresh = reconcile(resources(broken + TRIGGER));

        // Then
        assertThat(edited.table().broker(DEFAULT).notReady()).isEmpty();
        assertThat(edited.table()
                        .broker(DEFAULT)
                        .triggers()
                        .get(PAID)
                        .delivery()
                        .deadLetterSink())
                .isPresent();
        assertThat(condition(statuses(edited).brokers().get(DEFAULT), "Ready")).isEqualTo("False NeedsCluster");
        assertThat(message(statuses(edited).brokers().get(DEFAULT), "Ready"))
                .endsWith("; what was in force of the Broker before stays in force");
        assertThat(fresh.table().broker(DEFAULT).notReady()).isPresent();
        assertThat(fresh.table().broker(DEFAULT).triggers()).isEmpty();
    }

    @Test
    void a_channel_that_cannot_be_opened_makes_broker_and_trigger_not_ready() {
        // When
        Statuses statuses = reconcile(resources(BROKER + TRIGGER))
                .statuses(new DataPlaneReport(Map.of(DEFAULT, "disk full")), Statuses.none(), NOON);

        // Then
        assertThat(condition(statuses.brokers().get(DEFAULT), "TriggerChannelReady"))
                .isEqualTo("False ChannelFailure");
        assertThat(message(statuses.brokers().get(DEFAULT), "Ready")).contains("disk full");
        assertThat(condition(statuses.triggers().get(PAID), "Ready")).isEqualTo("False ChannelFailure");
        assertThat(condition(statuses.triggers().get(PAID), "SubscriptionReady"))
                .isEqualTo("False NotSubscribed");
    }

    @Test
    void a_broker_that_some_ingress_does_not_serve_is_not_ready_nor_are_its_triggers() {
        // When
        Statuses statuses = reconcile(resources(BROKER + TRIGGER))
                .statuses(
                        DataPlaneReport.inForce().withIngressFailures(Map.of(DEFAULT, "one answers 404")),
                        Statuses.none(),
                        NOON);

        // Then
        assertThat(condition(statuses.brokers().get(DEFAULT), "IngressReady")).isEqualTo("False IngressNotReady");
        assertThat(message(statuses.brokers().get(DEFAULT), "Ready")).isEqualTo("one answers 404; asking again");
        assertThat(condition(statuses.triggers().get(PAID), "Ready")).isEqualTo("False IngressNotReady");
    }

    @Test
    void a_condition_keeps_its_time_until_its_status_changes() {
        // Given
        Reconciliation fine = reconcile(resources(BROKER + TRIGGER));
        Statuses first = fine.statuses(DataPlaneReport.inForce(), Statuses.none(), NOON);

        // When
        Statuses later = fine.statuses(new DataPlaneReport(Map.of(DEFAULT, "disk full")), first, NOON.plusSeconds(60));

        // Then
        assertThat(later.brokers().get(DEFAULT).getConditions())
                .filteredOn(condition -> condition.getLastTransitionTime().equals("2026-11-21T12:01:00Z"))
                .extracting(io.fabric8.kubernetes.api.model.Condition::getType)
                .containsExactly("Ready", "TriggerChannelReady");
    }

    @Test
    void a_dependency_needs_a_cluster() {
        // When
        String yaml = BROKER
                + TRIGGER.replace(
                        "  namespace: shop\n",
                        "  namespace: shop\n  annotations:\n    knative.dev/dependency: '{\"apiVersion\":"
                                + "\"sources.knative.dev/v1\",\"kind\":\"PingSource\",\"name\":\"p\"}'\n");

        // Then
        assertThat(condition(status(yaml), "Ready")).isEqualTo("False DependencyDoesNotExist");
        assertThat(route(yaml)).isNotNull();
    }
}
