/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.crd;

import static dev.sluice.control.crd.Schema.anyObject;
import static dev.sluice.control.crd.Schema.field;
import static dev.sluice.control.crd.Schema.list;
import static dev.sluice.control.crd.Schema.object;
import static dev.sluice.control.crd.Schema.string;
import static dev.sluice.control.crd.Schema.texts;
import static dev.sluice.control.crd.Shapes.ADDRESS;
import static dev.sluice.control.crd.Shapes.DEAD_LETTER_STATUS;
import static dev.sluice.control.crd.Shapes.DELIVERY;
import static dev.sluice.control.crd.Shapes.DESTINATION;
import static dev.sluice.control.crd.Shapes.REFERENCE;
import static dev.sluice.control.crd.Shapes.STATUS;

import dev.sluice.control.crd.Definition.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The definitions of the kinds that we serve: with the groups, versions, names, categories and columns that Knative's have,
 * so that what is written and said about Knative's is true of ours.
 */
final class Definitions {

    private static final String EVENTING = "eventing.knative.dev";

    private Definitions() {}

    static List<Definition> all() {
        List<Definition> all = new ArrayList<>(List.of(broker(), trigger()));
        all.addAll(SourceDefinitions.all());
        return List.copyOf(all);
    }

    private static Definition broker() {
        Schema spec = object(
                "What is wanted of the Broker.",
                field(
                        "config",
                        REFERENCE.saying("A ConfigMap with settings of the Broker's channel. One with the keys of"
                                + " Knative's Kafka broker asks for Kafka; any other is ignored. Can't be changed"
                                + " afterwards.")),
                field(
                        "delivery",
                        DELIVERY.saying("The delivery of those of its Triggers that have none of their own.")));
        Schema status = STATUS.and(
                        field("address", ADDRESS.saying("Where events for the Broker are POSTed to.")),
                        field("addresses", list("All addresses of the Broker.", ADDRESS)))
                .and(DEAD_LETTER_STATUS);
        return new Definition(
                EVENTING,
                List.of("v1"),
                "Broker",
                "brokers",
                List.of("all", "knative", "eventing"),
                Map.of("duck.knative.dev/addressable", "true"),
                Map.of(),
                List.of(
                        Column.text("URL", ".status.address.url"),
                        Column.AGE,
                        Column.READY,
                        Column.REASON,
                        Column.text("Class", ".metadata.annotations.eventing\\.knative\\.dev/broker\\.class")
                                .wide()),
                Shapes.resource("A Broker takes events in over HTTP and keeps them for its Triggers.", spec, status));
    }

    private static Definition trigger() {
        Schema attributes = texts("Attributes and the values that they must have.");
        Schema nested = anyObject("A filter of the same form as those in spec.filters.");
        // Kept whole: a dialect that nobody knows makes the Trigger not Ready, and the reason says which. Dropped, it
        // would
        // leave a wider filter behind.
        Schema filter = object(
                        "A filter, of exactly one dialect.",
                        field("exact", attributes.saying("Each of these attributes has exactly this value.")),
                        field("prefix", attributes.saying("Each of these attributes begins with this text.")),
                        field("suffix", attributes.saying("Each of these attributes ends with this text.")),
                        field("all", list("All of these filters match.", nested)),
                        field("any", list("At least one of these filters matches.", nested)),
                        field("not", nested.saying("This filter does not match.")),
                        field("cesql", string("A CloudEvents SQL expression that is true of the event.")))
                .preserving();
        Schema spec = object(
                        "What is wanted of the Trigger.",
                        field(
                                "broker",
                                string("The name of the Broker whose events it gets, in the Trigger's namespace. Can't"
                                                + " be changed afterwards.")
                                        .notEmpty()),
                        field("brokerRef", REFERENCE.saying("The Broker, in place of its name in broker.")),
                        field(
                                "filter",
                                object(
                                                "Which events it gets. Ignored where filters has elements.",
                                                field(
                                                        "attributes",
                                                        attributes
                                                                .saying("Each of these attributes has exactly this"
                                                                        + " value; an empty one: is there.")
                                                                .nullable()))
                                        .nullable()),
                        field(
                                "filters",
                                list(
                                                "Which events it gets: those that all of these filters match. None: all events.",
                                                filter)
                                        .nullable()),
                        field("subscriber", DESTINATION.saying("Who gets the events.")),
                        field(
                                "delivery",
                                DELIVERY.saying(
                                        "How its events are delivered. In place of the Broker's as a whole; only"
                                                + " the Broker's dead letter sink still counts where this has none.")))
                .required("subscriber")
                .exactlyOne("broker", "brokerRef");
        Schema status = STATUS.and(DEAD_LETTER_STATUS)
                .and(
                        field("subscriberUri", string("Where its events are delivered to.")),
                        field("subscriberCACerts", string("The certificates to trust there.")),
                        field("subscriberAudience", string("The OIDC audience there.")));
        return new Definition(
                EVENTING,
                List.of("v1"),
                "Trigger",
                "triggers",
                List.of("all", "knative", "eventing"),
                Map.of(),
                Map.of(),
                List.of(
                        Column.text("Broker", ".spec.broker"),
                        Column.text("Subscriber_URI", ".status.subscriberUri"),
                        Column.AGE,
                        Column.READY,
                        Column.REASON),
                Shapes.resource("A Trigger says which events of a Broker go to which subscriber.", spec, status)
                        .required("spec"));
    }
}
