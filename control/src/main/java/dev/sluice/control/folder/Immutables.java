/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.Broker;
import dev.sluice.control.resource.KReference;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.text.Quoted;
import dev.sluice.control.validation.Problem;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The fields that a Broker and a Trigger keep for life. */
final class Immutables {

    private static final String REMEDY = "delete the resource and create it again, or write the value back";

    private Immutables() {}

    /** What an edit from the accepted version to the offered one changes that it must not. */
    static List<Problem> changed(HasMetadata accepted, Offer offer) {
        List<Problem> problems = new ArrayList<>();
        if (accepted instanceof Broker before && offer.resource() instanceof Broker after) {
            compare(
                    problems,
                    offer,
                    "/metadata/annotations/eventing.knative.dev~1broker.class",
                    "metadata.annotations[" + Annotations.BROKER_CLASS + "]",
                    annotation(before, Annotations.BROKER_CLASS, Annotations.OUR_BROKER_CLASS),
                    annotation(after, Annotations.BROKER_CLASS, Annotations.OUR_BROKER_CLASS));
            compare(
                    problems,
                    offer,
                    "/metadata/annotations/sluice.dev~1channel",
                    "metadata.annotations[" + Annotations.CHANNEL + "]",
                    annotation(before, Annotations.CHANNEL, ""),
                    annotation(after, Annotations.CHANNEL, ""));
            compare(
                    problems,
                    offer,
                    "/spec/config",
                    "spec.config",
                    shown(before.getSpec().getConfig()),
                    shown(after.getSpec().getConfig()));
        } else if (accepted instanceof Trigger before && offer.resource() instanceof Trigger after) {
            compare(
                    problems,
                    offer,
                    "/spec/broker",
                    "spec.broker",
                    Objects.requireNonNullElse(before.getSpec().getBroker(), ""),
                    Objects.requireNonNullElse(after.getSpec().getBroker(), ""));
            compare(
                    problems,
                    offer,
                    "/spec/brokerRef",
                    "spec.brokerRef",
                    shown(before.getSpec().getBrokerRef()),
                    shown(after.getSpec().getBrokerRef()));
        }
        return problems;
    }

    private static void compare(
            List<Problem> problems, Offer offer, String pointer, String field, String before, String after) {
        if (!before.equals(after)) {
            problems.add(offer.problem(
                    pointer,
                    field,
                    after.isEmpty() ? "" : Quoted.of(after),
                    "can't be changed" + (before.isEmpty() ? "" : " from " + Quoted.of(before))
                            + " (ImmutableFieldChanged)",
                    REMEDY));
        }
    }

    private static String annotation(HasMetadata resource, String name, String absent) {
        return resource.getMetadata().getAnnotations().getOrDefault(name, absent);
    }

    private static String shown(@Nullable KReference reference) {
        return reference == null
                ? ""
                : reference.getApiVersion() + " " + reference.getKind() + " "
                        + (reference.getNamespace() == null ? "" : reference.getNamespace() + "/")
                        + reference.getName();
    }
}
