/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.explain;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.event.Timestamps;
import dev.sluice.api.filter.Explanation;
import dev.sluice.api.filter.Explanation.Reason;
import dev.sluice.api.filter.Filter;
import dev.sluice.api.routing.BrokerRoute;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.TriggerRoute;
import dev.sluice.control.filter.CompiledFilter;
import dev.sluice.control.filter.FilterCompiler;
import dev.sluice.control.filter.FilterProblem;
import dev.sluice.control.reconcile.TriggerObservation;
import dev.sluice.control.reconcile.TriggerObservation.Standstill;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.resource.KnativeStatus;
import dev.sluice.control.resource.Trigger;
import dev.sluice.control.text.FieldPath;
import dev.sluice.control.text.Nearest;
import dev.sluice.control.validation.Problem;
import dev.sluice.control.validation.Severity;
import io.cloudevents.CloudEvent;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the Triggers of one Broker do with an event, as things are in force; of a Trigger of which nothing is in force, what
 * its filter says. Pure.
 *
 * @param notes why the Broker would not take the event, or what else is wrong with more than one Trigger
 * @param triggers by name
 */
public record BrokerExplanation(ResourceName broker, List<String> notes, List<TriggerExplanation> triggers) {

    /** As many problems of resources are told; all of them are at {@code /api/v1/problems}. */
    private static final int TOLD_PROBLEMS = 5;

    public BrokerExplanation {
        requireNonNull(broker, "broker");
        notes = List.copyOf(notes);
        triggers = List.copyOf(triggers);
    }

    /**
     * Explains one event, or what each Trigger wants.
     *
     * @param broker one that is there
     * @param event as the Broker would keep it; empty for what the Triggers want
     */
    public static BrokerExplanation of(
            View view, TriggerObserver observer, ResourceName broker, Optional<CloudEvent> event, Instant now) {
        List<String> notes = new ArrayList<>();
        BrokerRoute route = view.inForce().broker(broker);
        if (route == null) {
            notes.add("the Broker is not in force"
                    + notReady(view.statuses().brokers().get(broker)));
        } else if (route.notReady().isPresent()) {
            notes.add("the Broker is not Ready and refuses events with 503: "
                    + route.notReady().get());
        }
        event.ifPresent(one -> aboutEvent(one, now, notes));
        aboutProblems(view.resources().problems(), notes);

        List<TriggerExplanation> triggers = new ArrayList<>();
        new TreeMap<>(view.resources().triggers()).forEach((name, trigger) -> {
            if (name.namespace().equals(broker.namespace())
                    && trigger.getSpec().brokerName().equals(broker.name())) {
                triggers.add(
                        trigger(name, trigger, inForce(route, name, trigger), status(view, name), observer, event));
            }
        });
        return new BrokerExplanation(broker, notes, triggers);
    }

    private static TriggerExplanation trigger(
            ResourceName name,
            Trigger trigger,
            @Nullable TriggerRoute route,
            @Nullable KnativeStatus status,
            TriggerObserver observer,
            Optional<CloudEvent> event) {
        List<String> notes = new ArrayList<>();
        Optional<Standstill> standstill =
                observer.observe(trigger.getMetadata().getUid()).flatMap(TriggerObservation::standstill);
        standstill.ifPresent(why -> notes.add("its events wait: " + why.reason() + ": " + why.message()));
        Optional<Filter> filter = Optional.ofNullable(route).map(TriggerRoute::filter);
        if (filter.isEmpty()) {
            CompiledFilter compiled = FilterCompiler.compile(trigger.getSpec());
            if (compiled.filter().isEmpty()) {
                notes.add(0, "nothing of it is in force until its filter is mended");
                Optional<Boolean> matches = event.map(one -> false);
                return new TriggerExplanation(name, matches, false, mistakes(compiled.problems()), notes);
            }
            filter = compiled.filter();
        }
        if (route == null) {
            notes.add(0, "nothing of it is in force" + notReady(status));
        } else if (!notReady(status).isEmpty()) {
            notes.add(0, "not Ready" + notReady(status));
        }
        boolean delivers = route != null && standstill.isEmpty();
        if (event.isEmpty()) {
            return new TriggerExplanation(name, Optional.empty(), delivers, Explanation.wantsOf(filter.get()), notes);
        }
        Explanation explanation = Explanation.of(filter.get(), event.get());
        if (!explanation.matches()) {
            aboutNames(explanation.reasons(), event.get(), notes);
        }
        return new TriggerExplanation(
                name,
                Optional.of(explanation.matches()),
                explanation.matches() && delivers,
                explanation.reasons(),
                notes);
    }

    private static @Nullable TriggerRoute inForce(@Nullable BrokerRoute broker, ResourceName name, Trigger trigger) {
        TriggerRoute route = broker == null ? null : broker.triggers().get(name);
        return route != null && route.uid().equals(trigger.getMetadata().getUid()) ? route : null;
    }

    private static @Nullable KnativeStatus status(View view, ResourceName trigger) {
        return view.statuses().triggers().get(trigger);
    }

    /** {@code : Reason: message} of a Ready condition that is not True; empty if it is. */
    private static String notReady(@Nullable KnativeStatus status) {
        if (status == null || status.getConditions() == null) {
            return ": it was just written and is not reconciled yet";
        }
        for (Condition condition : status.getConditions()) {
            if (condition.getType().equals("Ready")) {
                return "True".equals(condition.getStatus()) ? "" : ": " + said(condition);
            }
        }
        return "";
    }

    private static String said(Condition condition) {
        String reason = condition.getReason() == null ? "" : condition.getReason();
        String message = condition.getMessage() == null ? "" : condition.getMessage();
        return reason.isEmpty() || message.isEmpty() ? reason + message : reason + ": " + message;
    }

    /** A filter with a mistake matches nothing. */
    private static List<Reason> mistakes(List<FilterProblem> problems) {
        List<Reason> reasons = new ArrayList<>(problems.size());
        for (FilterProblem problem : problems) {
            String field = FieldPath.of(problem.pointer()).replaceFirst("^spec\\.", "");
            String value = problem.value().isEmpty() ? "" : problem.value() + " ";
            reasons.add(Reason.of(field, value + problem.rule() + "; " + problem.remedy()));
        }
        return reasons;
    }

    /** An attribute that is wanted and not there was perhaps meant to be one that is. */
    private static void aboutNames(List<Reason> reasons, CloudEvent event, List<String> notes) {
        Set<String> names = new TreeSet<>(event.getAttributeNames());
        names.addAll(event.getExtensionNames());
        Set<String> asked = new TreeSet<>();
        for (Reason reason : reasons) {
            if (reason.attribute().isPresent() && reason.value().isEmpty()) {
                asked.add(reason.attribute().get());
            }
        }
        for (String name : asked) {
            Nearest.to(name, names)
                    .filter(nearest -> !nearest.equals(name))
                    .ifPresent(nearest -> notes.add("the event has no attribute " + name + ", but it has " + nearest
                            + "; which one is meant?"));
        }
    }

    private static void aboutEvent(CloudEvent event, Instant now, List<String> notes) {
        if (BrokerAttributes.exhausted(event)) {
            notes.add("the Broker refuses the event with 400: its extension " + BrokerAttributes.TTL + " is used up");
        }
        Object expiry = event.getExtension("expirytime");
        OffsetDateTime time = expiry == null ? null : Timestamps.parse(expiry.toString());
        if (time != null && !time.toInstant().isAfter(now)) {
            notes.add("no subscriber gets the event: its expirytime " + expiry + " has passed");
        }
    }

    private static void aboutProblems(List<Problem> problems, List<String> notes) {
        List<String> told = new ArrayList<>();
        for (Problem problem : problems) {
            if (problem.severity() == Severity.ERROR) {
                told.add("not in force: " + problem);
            }
        }
        notes.addAll(told.subList(0, Math.min(told.size(), TOLD_PROBLEMS)));
        if (told.size() > TOLD_PROBLEMS) {
            notes.add("and " + (told.size() - TOLD_PROBLEMS) + " more problems; see /api/v1/problems");
        }
    }

    /** The Brokers that can be asked about, by name. */
    public static Set<ResourceName> known(View view) {
        Map<ResourceName, ?> ours = view.statuses().brokers();
        Set<ResourceName> known = new TreeSet<>(ours.keySet());
        known.addAll(view.inForce().brokers().keySet());
        return known;
    }
}
