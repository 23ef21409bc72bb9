/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.e2e.EventMessage.Mode;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.Received;
import dev.sluice.testkit.RecordingSubscriber;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every filter dialect of Knative, as a Trigger's author meets it: which events arrive, and what is refused. */
final class FiltersIT {

    @RegisterExtension
    static final Sluice sluice = Sluice.start();

    @RegisterExtension
    static final RecordingSubscriber subscriber = RecordingSubscriber.start();

    /** A Trigger's filter, the events that must reach it, and those that must not. */
    private record Case(String rule, String spec, List<CloudEvent> matching, List<CloudEvent> others) {
        @Override
        public String toString() {
            return rule;
        }
    }

    private static final Map<Case, String> NAMESPACES = new LinkedHashMap<>();

    @BeforeAll
    static void a_broker_and_a_trigger_for_each_case() {
        var documents = new ArrayList<String>();
        for (Case each : cases()) {
            String namespace = Sluice.namespace();
            NAMESPACES.put(each, namespace);
            documents.add(Manifests.broker(namespace, "default"));
            documents.add(Manifests.trigger(namespace, "subject", subscriber.uri(), each.spec()));
        }
        sluice.write("cases.yaml", documents.toArray(String[]::new));
        for (String namespace : NAMESPACES.values()) {
            sluice.awaitReady("triggers", namespace, "subject");
        }
    }

    static Stream<Arguments> every_case() {
        return NAMESPACES.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("every_case")
    void what_matches_arrives_and_nothing_else(Case subject, String namespace) {
        // When: a channel keeps the order, so once a later event is counted the earlier ones have been decided on
        subject.others().forEach(event -> sluice.send(namespace, event));
        subject.matching().forEach(event -> sluice.send(namespace, event));

        // Then
        await().atMost(Sluice.PATIENCE)
                .until(() -> subscriber.count() >= subject.matching().size());
        assertThat(subscriber.requests())
                .extracting(Received::eventId)
                .containsExactlyInAnyOrderElementsOf(
                        subject.matching().stream().map(CloudEvent::getId).toList());
        assertThat(sluice.meter("sluice_trigger_matched_total", "namespace=\"" + namespace + "\""))
                .isEqualTo(subject.matching().size());
    }

    private static List<Case> cases() {
        CloudEvent created = event("created", "order.created", "/shop/berlin");
        CloudEvent paid = event("paid", "order.paid", "/shop/berlin");
        CloudEvent invoice = event("invoice", "invoice.created", "/shop/paris");
        CloudEvent vip = with(event("vip", "order.created", "/shop/paris"), "tier", "gold");
        CloudEvent common = with(event("common", "order.created", "/shop/paris"), "tier", "goldfish");
        CloudEvent priced = CloudEventBuilder.v1(event("priced", "order.created", "/shop"))
                .withExtension("amount", 42)
                .withExtension("express", true)
                .build();
        CloudEvent withSubject = CloudEventBuilder.v1(event("with-subject", "order.created", "/shop"))
                .withSubject("orders/4711")
                .build();
        CloudEvent withTime = CloudEventBuilder.v1(event("with-time", "order.created", "/shop"))
                .withTime(OffsetDateTime.parse("2026-02-28T23:59:58Z"))
                .build();
        List<CloudEvent> all = List.of(created, paid, invoice, vip, common, priced, withSubject, withTime);

        var cases = new ArrayList<Case>();
        // Which filter applies.
        cases.add(new Case("no filter passes everything", "", all, List.of()));
        cases.add(new Case("an empty filter passes everything", "filter: {}", all, List.of()));
        cases.add(new Case(
                "an empty list of filters leaves filter.attributes in force",
                "filters: []\nfilter: {attributes: {type: order.paid}}",
                List.of(paid),
                List.of(created, vip)));
        cases.add(new Case(
                "filters override filter",
                "filter: {attributes: {type: no.such.type}}\nfilters: [{exact: {type: order.paid}}]",
                List.of(paid),
                List.of(created)));
        cases.add(new Case(
                "several filters must all pass",
                "filters:\n- exact: {type: order.created}\n- suffix: {source: berlin}",
                List.of(created),
                List.of(paid, vip, invoice)));

        // filter.attributes
        cases.add(new Case(
                "attributes match exactly and together",
                "filter: {attributes: {type: order.created, source: /shop/berlin}}",
                List.of(created),
                List.of(paid, vip, event("case", "Order.Created", "/shop/berlin"), priced)));
        cases.add(new Case(
                "an empty value asks for the attribute to be there",
                "filter: {attributes: {tier: ''}}",
                List.of(vip, common),
                List.of(created, paid)));
        cases.add(new Case(
                "an attribute that is not set is absent",
                "filter: {attributes: {subject: ''}}",
                List.of(withSubject),
                List.of(created, paid)));
        cases.add(new Case(
                "an extension matches like an attribute",
                "filter: {attributes: {tier: gold}}",
                List.of(vip),
                List.of(common, created)));
        cases.add(new Case(
                "a source is compared letter by letter",
                "filter: {attributes: {source: /shop}}",
                List.of(priced),
                List.of(event("slash", "order.created", "/shop/"), event("upper", "order.created", "/SHOP"))));

        // exact, prefix, suffix
        cases.add(
                new Case("exact", "filters: [{exact: {type: order.paid}}]", List.of(paid), List.of(created, invoice)));
        cases.add(new Case(
                "exact with several attributes wants all of them",
                "filters: [{exact: {type: order.created, tier: gold}}]",
                List.of(vip),
                List.of(created, common, invoice)));
        cases.add(new Case(
                "exact on an extension that is missing does not match",
                "filters: [{exact: {tier: gold}}]",
                List.of(vip),
                List.of(created)));
        cases.add(new Case(
                "a typed extension is compared by its canonical form",
                "filters: [{exact: {amount: '42', express: 'true'}}]",
                List.of(priced),
                List.of(created)));
        cases.add(new Case(
                "prefix", "filters: [{prefix: {type: order.}}]", List.of(created, paid, vip), List.of(invoice)));
        cases.add(new Case(
                "prefix on an attribute that is not set does not match",
                "filters: [{prefix: {subject: orders/}}]",
                List.of(withSubject),
                List.of(created)));
        cases.add(new Case(
                "prefix on time sees its canonical form",
                "filters: [{prefix: {time: '2026-02-28T'}}]",
                List.of(withTime),
                List.of(created)));
        cases.add(new Case(
                "suffix", "filters: [{suffix: {type: .created}}]", List.of(created, invoice, vip), List.of(paid)));
        cases.add(new Case(
                "suffix on an extension that is missing does not match",
                "filters: [{suffix: {tier: fish}}]",
                List.of(common),
                List.of(created, vip)));

        // all, any, not
        cases.add(new Case(
                "all wants every one",
                "filters: [{all: [{prefix: {type: order.}}, {suffix: {type: .created}}, {exact: {tier: gold}}]}]",
                List.of(vip),
                List.of(created, common, paid, invoice)));
        cases.add(new Case(
                "any wants one",
                "filters: [{any: [{exact: {type: order.paid}}, {exact: {type: invoice.created}}, {exact: {tier: gold}}]}]",
                List.of(paid, invoice, vip),
                List.of(created, common)));
        cases.add(new Case(
                "any of five dialects", """
                filters:
                - any:
                  - exact: {type: order.paid}
                  - prefix: {type: invoice.}
                  - suffix: {source: paris}
                  - not: {cesql: "type LIKE '%.created'"}
                  - cesql: "express = TRUE"
                """, List.of(paid, invoice, vip, priced), List.of(created, withSubject)));
        cases.add(new Case(
                "not turns round",
                "filters: [{not: {exact: {type: order.created}}}]",
                List.of(paid, invoice),
                List.of(created, vip)));
        cases.add(new Case(
                "not of a filter on a missing attribute matches",
                "filters: [{not: {prefix: {tier: gold}}}]",
                List.of(created, paid),
                List.of(vip, common)));
        cases.add(new Case(
                "dialects nest",
                "filters: [{not: {any: [{all: [{exact: {type: order.created}}, {not: {exact: {tier: gold}}}]}, {exact:"
                        + " {type: order.paid}}]}}]",
                List.of(vip, invoice),
                List.of(created, common, paid)));

        // cesql
        cases.add(new Case(
                "cesql compares",
                "filters: [{cesql: \"type = 'order.paid' OR source = '/shop/paris'\"}]",
                List.of(paid, invoice, vip),
                List.of(created, priced)));
        cases.add(new Case(
                "cesql LIKE",
                "filters: [{cesql: \"type LIKE 'order.%' AND source LIKE '%/berli_'\"}]",
                List.of(created, paid),
                List.of(invoice, vip)));
        cases.add(new Case(
                "cesql EXISTS",
                "filters: [{cesql: \"EXISTS tier AND NOT EXISTS subject\"}]",
                List.of(vip, common),
                List.of(created, withSubject)));
        cases.add(new Case(
                "cesql IN",
                "filters: [{cesql: \"tier IN ('silver', 'gold')\"}]",
                List.of(vip),
                List.of(common, created)));
        cases.add(new Case(
                "cesql casts and calculates",
                "filters: [{cesql: \"amount * 2 > 80 AND express\"}]",
                List.of(priced),
                List.of(created, vip)));
        cases.add(new Case(
                "cesql functions",
                "filters: [{cesql: \"UPPER(LEFT(type, 5)) = 'ORDER' AND LENGTH(tier) = 4\"}]",
                List.of(vip),
                List.of(common, created)));
        cases.add(new Case(
                "a cesql expression that fails does not match",
                "filters: [{cesql: \"tier LIKE 'gold%'\"}]",
                List.of(vip, common),
                List.of(created, paid)));
        return cases;
    }

    @Test
    void a_trigger_in_structured_mode_sees_typed_extensions_as_their_text() {
        // Given
        String namespace = Sluice.namespace();
        sluice.apply(
                namespace,
                Manifests.trigger(namespace, "amount", subscriber.uri(), "filter: {attributes: {amount: '42'}}"));
        CloudEvent typed =
                CloudEventBuilder.v1(Events.MINIMAL).withExtension("amount", 42).build();

        // When
        sluice.post(sluice.ingress(namespace), Mode.STRUCTURED.of(typed));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
    }

    @Test
    void many_triggers_of_one_broker_each_see_what_is_theirs() {
        // Given: every combination of two types, two sources and an extension, each also left open
        String namespace = Sluice.namespace();
        var triggers = new ArrayList<String>();
        var filters = new LinkedHashMap<String, Map<String, String>>();
        for (String type : new String[] {"", "a", "b"}) {
            for (String source : new String[] {"", "/a", "/b"}) {
                for (String extension : new String[] {"", "x"}) {
                    var wanted = new LinkedHashMap<String, String>();
                    wanted.put("type", type);
                    wanted.put("source", source);
                    wanted.put("ext", extension);
                    String name = "t-" + filters.size();
                    filters.put(name, wanted);
                    triggers.add(Manifests.trigger(
                            namespace,
                            name,
                            subscriber.uri("/" + name),
                            "filter:",
                            "  attributes:",
                            "    type: '" + type + "'",
                            "    source: '" + source + "'",
                            "    ext: '" + extension + "'"));
                }
            }
        }
        sluice.apply(namespace, triggers.toArray(String[]::new));
        var expected = new ArrayList<String>();
        var events = new ArrayList<CloudEvent>();
        for (String type : List.of("a", "b")) {
            for (String source : List.of("/a", "/b")) {
                for (String extension : List.of("x", "y")) {
                    String id = type + source + extension;
                    events.add(with(event(id, type, source), "ext", extension));
                    filters.forEach((name, wanted) -> {
                        if (matches(wanted.get("type"), type)
                                && matches(wanted.get("source"), source)
                                && matches(wanted.get("ext"), extension)) {
                            expected.add("/" + name + " " + id);
                        }
                    });
                }
            }
        }

        // When
        events.forEach(event -> sluice.send(namespace, event));

        // Then
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() >= expected.size());
        assertThat(subscriber.requests())
                .extracting(request -> request.uri() + " " + request.eventId())
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(sluice.meter("sluice_trigger_matched_total", "namespace=\"" + namespace + "\""))
                .isEqualTo(expected.size());
    }

    static Stream<Arguments> filters_that_are_no_filters() {
        return Stream.of(
                Arguments.of("filters: [{regex: {type: 'order.*'}}]", "regex"),
                Arguments.of("filters: [{}]", "spec.filters[0]"),
                Arguments.of("filters: [{any: []}]", "any"),
                Arguments.of("filters: [{all: []}]", "all"),
                Arguments.of("filters: [{exact: {type: a}, prefix: {type: b}}]", "spec.filters[0]"),
                Arguments.of("filters: [{cesql: \"type = \"}]", "cesql"),
                Arguments.of("filters: [{cesql: \"NO_SUCH_FUNCTION(type)\"}]", "NO_SUCH_FUNCTION"));
    }

    @ParameterizedTest
    @MethodSource("filters_that_are_no_filters")
    void a_filter_that_can_not_be_understood_never_matches_everything(String filters, String named) {
        // Given
        String namespace = Sluice.namespace();
        sluice.apply(namespace, Manifests.trigger(namespace, "sound", subscriber.uri("/sound")));

        // When
        sluice.write(namespace + "-bad.yaml", Manifests.trigger(namespace, "bad", subscriber.uri("/bad"), filters));

        // Then
        sluice.process()
                .awaitStderr("(?s)" + namespace + ".*bad.*" + java.util.regex.Pattern.quote(named), Sluice.PATIENCE);
        assertThat(sluice.ready("triggers", namespace, "bad")).isNotEqualTo("True");
        sluice.send(namespace, Events.MINIMAL);
        await().atMost(Sluice.PATIENCE).until(() -> subscriber.count() == 1);
        assertThat(subscriber.last().uri()).isEqualTo("/sound");
    }

    private static boolean matches(String wanted, String value) {
        return wanted.isEmpty() || wanted.equals(value);
    }

    private static CloudEvent event(String id, String type, String source) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withType(type)
                .withSource(URI.create(source))
                .build();
    }

    private static CloudEvent with(CloudEvent event, String extension, String value) {
        return CloudEventBuilder.v1(event).withExtension(extension, value).build();
    }
}
