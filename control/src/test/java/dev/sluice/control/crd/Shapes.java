/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.crd;

import static dev.sluice.control.crd.Schema.field;
import static dev.sluice.control.crd.Schema.int32;
import static dev.sluice.control.crd.Schema.int64;
import static dev.sluice.control.crd.Schema.list;
import static dev.sluice.control.crd.Schema.object;
import static dev.sluice.control.crd.Schema.string;
import static dev.sluice.control.crd.Schema.texts;
import static dev.sluice.control.crd.Schema.time;

/** What several kinds have in common. */
final class Shapes {

    private static final String SECONDS = "[0-9]+([.,][0-9]{1,9})?S";
    private static final String TIME =
            "T([0-9]+H([0-9]+M)?(" + SECONDS + ")?|[0-9]+M(" + SECONDS + ")?|" + SECONDS + ")";

    /** What our parser takes, but for spellings that nobody uses: signs and lower case. */
    static final String DURATION = "^P([0-9]+W|[0-9]+D(" + TIME + ")?|" + TIME + ")$";

    static final Schema REFERENCE = object(
                    "A reference to another object.",
                    field(
                            "apiVersion",
                            string("The apiVersion of the object, such as v1 or eventing.knative.dev/v1.")
                                    .notEmpty()),
                    field(
                            "kind",
                            string("The kind of the object, such as Service or Broker.")
                                    .notEmpty()),
                    field(
                            "namespace",
                            string("The namespace of the object. Without it that of the object with this reference.")),
                    field("name", string("The name of the object.").notEmpty()),
                    field(
                            "address",
                            string("The name of the one entry of the object's status.addresses that is meant. Without"
                                    + " it the first.")))
            .required("apiVersion", "kind", "name");

    static final Schema DESTINATION = object(
                    "Where events are sent to.",
                    field(
                            "ref",
                            REFERENCE.saying("The object that takes the events: a Service, or anything with an address"
                                    + " in its status, such as a Broker or a Channel.")),
                    field(
                            "uri",
                            string("An absolute http or https URI; beside ref one that is relative to the address of"
                                    + " the object, such as /events.")),
                    field("CACerts", string("PEM certificates to trust for this destination, besides the usual ones.")),
                    field("audience", string("The OIDC audience of the destination.")))
            .atLeastOne("ref", "uri");

    static final Schema DELIVERY = object(
            "How hard a delivery is tried, and where an event goes that can't be delivered.",
            field(
                    "deadLetterSink",
                    DESTINATION.saying("Who gets an event that could not be delivered. Without one a Trigger's is"
                            + " parked: kept, listed by sluice dead-letters, and sent again from there; a source's is tried until"
                            + " its sink has it, or given up where retry is written or the sink refuses it.")),
            field(
                    "retry",
                    int32("How many times a failed delivery is tried again: 3 means at most four attempts.")
                            .atLeast(0)),
            field(
                    "timeout",
                    string("How long one attempt may take, as an ISO-8601 duration above zero such as PT30S.")
                            .matching(DURATION)),
            field(
                    "backoffPolicy",
                    string("How the wait between attempts grows: linear (1, 2, 3 times backoffDelay) or exponential"
                                    + " (1, 2, 4 times).")
                            .in("linear", "exponential")),
            field(
                    "backoffDelay",
                    string("The wait before the first further attempt, as an ISO-8601 duration such as PT0.2S.")
                            .matching(DURATION)),
            field(
                    "retryAfterMax",
                    string(
                                    "The most that a Retry-After header of a 429 or 503 can ask to wait, as an ISO-8601 duration;"
                                            + " PT0S ignores the header.")
                            .matching(DURATION)),
            field(
                    "format",
                    string("The content mode in which events are sent: binary (attributes as HTTP headers) or json"
                                    + " (structured: all of it as one JSON object).")
                            .in("json", "binary")));

    private static final Schema CONDITION = object(
                    "One aspect of the state of the object.",
                    field("type", string("What it is about; Ready sums up those that count.")),
                    field("status", string("Whether it holds.").in("True", "False", "Unknown")),
                    field(
                            "severity",
                            string("How bad it is where it does not hold. Empty: it makes the object not Ready. Warning"
                                    + " and Info do not.")),
                    field("lastTransitionTime", time("When status changed last.")),
                    field("reason", string("Why, in one word that does not change.")),
                    field("message", string("Why, for people, and what to do.")))
            .required("type", "status");

    /** What the status of everything of ours has. */
    static final Schema STATUS = object(
            "What became of it; written by Sluice.",
            field("observedGeneration", int64("The metadata.generation that the rest of the status is about.")),
            field(
                    "conditions",
                    list("The state in its aspects, sorted by type.", CONDITION).listMapBy("type")),
            field("annotations", texts("Further facts.")));

    static final Schema.Property[] DEAD_LETTER_STATUS = {
        field("deadLetterSinkUri", string("Where events go that could not be delivered.")),
        field("deadLetterSinkCACerts", string("The certificates to trust there.")),
        field("deadLetterSinkAudience", string("The OIDC audience there."))
    };

    static final Schema ADDRESS = object(
            "An address that it answers at.",
            field("name", string("The scheme of the address, http or https.")),
            field("url", string("The address.")),
            field("CACerts", string("The certificates to trust there.")),
            field("audience", string("The OIDC audience there.")));

    private Shapes() {}

    /** A whole object. */
    static Schema resource(String description, Schema spec, Schema status) {
        return object(description, field("spec", spec), field("status", status));
    }
}
