/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.control.resource.Annotations;
import dev.sluice.control.resource.IsoDuration;
import dev.sluice.control.resource.PolicyTexts;
import dev.sluice.control.text.Nearest;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What may be in the annotations of a Broker and a Trigger. Other people's annotations are nobody's business. */
final class AnnotationRules {

    private AnnotationRules() {}

    static void checkBroker(Field annotations, ObjectMeta metadata) {
        checkOurs(annotations, metadata, "Broker", Annotations.ON_BROKER, "Trigger", Annotations.ON_TRIGGER);
        Field brokerClass = annotations.child(Annotations.BROKER_CLASS);
        String className = metadata.getAnnotations().get(Annotations.BROKER_CLASS);
        if (className != null && className.isEmpty()) {
            brokerClass.error("is empty", "write Sluice, or remove the annotation");
        } else if (className != null && !className.equals(Annotations.OUR_BROKER_CLASS)) {
            brokerClass.report(
                    Severity.WARNING,
                    brokerClass.shown(),
                    "is another broker class; this Broker and its Triggers are left alone",
                    "write Sluice, or remove the annotation, if Sluice is to serve it");
        }
        Field channel = annotations.child(Annotations.CHANNEL);
        if (channel.isPresent()
                && metadata.getAnnotations()
                        .getOrDefault(Annotations.CHANNEL, "")
                        .isEmpty()) {
            channel.error("is empty", "write a channel type, such as inmemory, or remove the annotation");
        }
        annotations.child(Annotations.KEEP_TOPIC).oneOf(List.of("true", "false"));
        annotations
                .child(Annotations.PARTITION_BY)
                .checked(PolicyTexts::attribute, "write the name of an attribute, such as subject");
    }

    static void checkTrigger(Field annotations, ObjectMeta metadata, @Nullable String broker) {
        checkOurs(annotations, metadata, "Trigger", Annotations.ON_TRIGGER, "Broker", Annotations.ON_BROKER);
        Field reply = annotations.child(Annotations.REPLY);
        reply.oneOf(List.of("strict", "ignore"));
        checkPolicies(annotations);
        Field injection = annotations.child(Annotations.INJECTION);
        String injected = injection.oneOf(List.of("enabled", "disabled"));
        if (injected != null && !"default".equals(broker)) {
            injection.error("is allowed only where spec.broker is \"default\"", "remove the annotation");
        } else if ("enabled".equals(injected)) {
            injection.report(
                    Severity.WARNING,
                    injection.shown(),
                    "is not supported yet; no Broker is created",
                    "write a Broker named default of your own");
        }
        checkDependency(annotations.child(Annotations.DEPENDENCY), metadata);
    }

    private static void checkPolicies(Field annotations) {
        annotations.child(Annotations.BREAKER).oneOf(List.of("pause", "off"));
        annotations.child(Annotations.PAUSED).oneOf(List.of("true", "false"));
        annotations
                .child(Annotations.MAX_IN_FLIGHT)
                .checked(PolicyTexts::maxInFlight, "write a whole number from 1 to " + PolicyTexts.MOST_IN_FLIGHT);
        annotations
                .child(Annotations.RATE_LIMIT)
                .checked(PolicyTexts::rateLimit, "write events per second, such as \"100\" or \"100;burst=200\"");
        annotations
                .child(Annotations.START_FROM)
                .checked(
                        PolicyTexts::startFrom,
                        "write earliest, latest, or a time of RFC 3339 such as \"2026-01-31T12:00:00Z\"");
        String order = annotations.child(Annotations.DELIVERY_ORDER).oneOf(List.of(Annotations.ORDERED, "unordered"));
        boolean ordered = Annotations.ORDERED.equals(order);
        Field orderBy = annotations.child(Annotations.ORDER_BY);
        if (orderBy.checked(PolicyTexts::attribute, "write the name of an attribute, such as subject") != null
                && !ordered) {
            needsOrder(orderBy);
        }
        Field onExhausted = annotations.child(Annotations.ON_EXHAUSTED);
        if (onExhausted.oneOf(List.of("block")) != null && !ordered) {
            needsOrder(onExhausted);
        }
    }

    private static void needsOrder(Field annotation) {
        annotation.report(
                Severity.WARNING,
                annotation.shown(),
                "has no effect on a Trigger that is not ordered",
                "write " + Annotations.DELIVERY_ORDER + ": ordered too, or remove it");
    }

    private static void checkOurs(
            Field annotations,
            ObjectMeta metadata,
            String kind,
            Set<String> known,
            String otherKind,
            Set<String> ofOther) {
        for (String name : metadata.getAnnotations().keySet()) {
            Field annotation = annotations.child(name);
            boolean ours = name.startsWith(Annotations.OUR_PREFIX) && !known.contains(name);
            if (Annotations.NOT_YET.contains(name)) {
                annotation.report(
                        Severity.WARNING, annotation.shown(), "is not supported yet; it has no effect", "remove it");
            } else if (ours && ofOther.contains(name)) {
                annotation.report(
                        Severity.WARNING,
                        annotation.shown(),
                        "has no effect on a " + kind,
                        "write it on a " + otherKind);
            } else if (ours) {
                List<String> names = new ArrayList<>(known);
                names.addAll(Annotations.NOT_YET);
                annotation.report(
                        Severity.ERROR,
                        "",
                        "is not a known annotation",
                        Nearest.suggestion(name, names).orElse("remove it"));
            }
        }
        annotations.child(Annotations.BACKOFF_JITTER).oneOf(List.of("full", "none"));
        annotations
                .child(Annotations.BACKOFF_MAX)
                .checked(AnnotationRules::positive, "write an ISO-8601 duration above zero, such as PT5M");
    }

    private static void positive(String text) {
        Duration duration = IsoDuration.parse(text);
        if (duration.isZero()) {
            throw new IllegalArgumentException("is zero");
        }
    }

    private static void checkDependency(Field annotation, ObjectMeta metadata) {
        String text = annotation.text();
        if (text == null) {
            return;
        }
        String remedy = "write {\"apiVersion\":…,\"kind\":…,\"name\":…} as JSON";
        JsonNode reference;
        try {
            reference = new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            annotation.error("is not JSON", remedy);
            return;
        }
        for (String field : List.of("apiVersion", "kind", "name")) {
            if (reference.path(field).asText().isEmpty()) {
                annotation.error("has no " + field, remedy);
            }
        }
        String namespace = reference.path("namespace").asText();
        if (!namespace.isEmpty() && !namespace.equals(metadata.getNamespace())) {
            annotation.error("names another namespace", "write the namespace of the Trigger, or none");
        }
    }
}
