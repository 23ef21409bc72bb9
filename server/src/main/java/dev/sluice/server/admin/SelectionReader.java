/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.admin;

import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.event.Timestamps;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.text.Nearest;
import dev.sluice.dispatcher.parking.DeadLetters;
import dev.sluice.dispatcher.parking.Selection;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads which dead letters are meant, from a query or a JSON body, and whatever else a request may say. A key that nobody
 * knows is refused: a slip of the pen must not select more than was meant. For one request, on one thread.
 */
final class SelectionReader {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final double MAX_RATE = 1_000_000;

    private static final List<String> IN_QUERY =
            List.of("broker", "trigger", "since", "until", "code", "filter", "id", "limit", "after");
    private static final List<String> IN_BODY = List.of(
            "broker", "trigger", "since", "until", "code", "filter", "id", "ids", "rate", "dryRun", "all", "attended");

    /** A String, a Number, a Boolean, or a list of Strings under {@code ids}. */
    private final Map<String, Object> given;

    private Optional<ResourceName> broker = Optional.empty();
    private Optional<ResourceName> trigger = Optional.empty();

    private SelectionReader(Map<String, Object> given) {
        this.given = given;
    }

    static SelectionReader ofQuery(MultiMap query) {
        Map<String, Object> given = new LinkedHashMap<>();
        for (String name : query.names()) {
            require(name, IN_QUERY);
            List<String> values = query.getAll(name);
            if (name.equals("id")) {
                given.put("ids", values);
            } else if (values.size() > 1) {
                throw new BadSelection("\"" + name + "\" is given " + values.size() + " times", "give it once");
            } else if (!values.get(0).isEmpty()) {
                given.put(name, values.get(0));
            }
        }
        return new SelectionReader(given);
    }

    static SelectionReader ofBody(JsonObject body) {
        Map<String, Object> given = new LinkedHashMap<>();
        List<String> ids = new ArrayList<>();
        for (Map.Entry<String, Object> entry : body) {
            String name = entry.getKey();
            require(name, IN_BODY);
            Object value = entry.getValue();
            if (value == null) {
                continue;
            }
            if (name.equals("id") || name.equals("ids")) {
                addIds(name, value, ids);
                given.put("ids", ids);
            } else {
                given.put(name, value);
            }
        }
        return new SelectionReader(given);
    }

    /** One, as a query has it, or a list. */
    private static void addIds(String name, Object value, List<String> ids) {
        Iterable<?> named = value instanceof JsonArray array ? array : List.of(value);
        for (Object id : named) {
            if (!(id instanceof String text)) {
                throw bad(name, String.valueOf(id), "is no id", "write a string, or a list of strings");
            }
            ids.add(text);
        }
    }

    private static void require(String name, List<String> known) {
        if (!known.contains(name)) {
            throw new BadSelection(
                    "\"" + name + "\" is not known" + Nearest.phrase(name, known),
                    "use some of " + String.join(", ", known));
        }
    }

    private static BadSelection bad(String name, Object value, String problem, String remedy) {
        return new BadSelection(name + " \"" + value + "\" " + problem, remedy);
    }

    Selection selection() {
        broker = name("broker");
        trigger = name("trigger");
        return new Selection(broker, trigger, time("since"), time("until"), code(), filter(), ids());
    }

    private Optional<ResourceName> name(String key) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ResourceName.parse(text.get()));
        } catch (IllegalArgumentException e) {
            throw bad(key, text.get(), "is no name", "write NAMESPACE/NAME, such as default/orders");
        }
    }

    private Optional<String> text(String key) {
        Object value = given.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String text) {
            return Optional.of(text);
        }
        throw bad(key, value, "is no text", "write a string");
    }

    private Optional<Instant> time(String key) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        OffsetDateTime time = Timestamps.parse(text.get());
        if (time == null) {
            throw bad(key, text.get(), "is no time", "write RFC 3339, such as 2026-11-21T09:30:00Z");
        }
        return Optional.of(time.toInstant());
    }

    private OptionalInt code() {
        Object value = given.get("code");
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value.equals("none")) {
            return OptionalInt.of(0);
        }
        try {
            int code = Integer.parseInt(value.toString());
            if (code >= 100 && code <= 999) {
                return OptionalInt.of(code);
            }
        } catch (NumberFormatException e) {
            // The rule below says it.
        }
        throw bad("code", value, "is no status code", "write one such as 503, or none for no response");
    }

    private Optional<CesqlExpression> filter() {
        Optional<String> text = text("filter");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(CesqlExpression.parse(text.get()));
        } catch (CesqlSyntaxException e) {
            throw bad(
                    "filter",
                    text.get(),
                    "is no CloudEvents SQL: at line " + e.line() + ", column " + e.column() + ": " + e.getMessage(),
                    "write an expression such as type = 'order.created' AND EXISTS subject");
        }
    }

    @SuppressWarnings("unchecked") // Put there as such.
    private Set<String> ids() {
        Object ids = given.get("ids");
        if (ids == null) {
            return Set.of();
        }
        if (ids instanceof List<?> list && !list.isEmpty()) {
            return new HashSet<>((List<String>) list);
        }
        // An empty list selects nothing, and would be taken for one that selects everything.
        throw bad("ids", ids, "names no dead letter", "write a list of ids, or leave it out");
    }

    Optional<String> after() {
        return text("after");
    }

    int limit() {
        Object value = given.get("limit");
        if (value == null) {
            return DEFAULT_LIMIT;
        }
        try {
            int limit = Integer.parseInt(value.toString());
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // The rule below says it.
        }
        throw bad("limit", value, "is no whole number from 1 to " + MAX_LIMIT, "write one, such as " + DEFAULT_LIMIT);
    }

    /** Events a second; 0 for as many as there can be. */
    double rate() {
        Object value = given.get("rate");
        if (value == null) {
            return 0;
        }
        try {
            double rate = Double.parseDouble(value.toString());
            if (rate > 0 && rate <= MAX_RATE) {
                return rate;
            }
        } catch (NumberFormatException e) {
            // The rule below says it.
        }
        throw bad("rate", value, "is no rate", "write events a second, above 0, such as 10");
    }

    void refuseRate() {
        if (given.containsKey("rate")) {
            throw new BadSelection("\"rate\" is for redrive only", "leave it out");
        }
    }

    boolean isDryRun() {
        return flag("dryRun");
    }

    boolean isAll() {
        return flag("all");
    }

    boolean isAttended() {
        return flag("attended");
    }

    private boolean flag(String key) {
        @Nullable Object value = given.get(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw bad(key, value, "is neither true nor false", "write true or false");
    }

    /** A name that nobody knows is a mistake; without this it would look like one that has nothing parked. */
    void checkNames(DeadLetters deadLetters) {
        broker.ifPresent(name -> check("Broker", name, deadLetters.brokers()));
        trigger.ifPresent(name -> check("Trigger", name, deadLetters.triggers()));
    }

    private static void check(String kind, ResourceName name, Set<ResourceName> known) {
        if (known.contains(name)) {
            return;
        }
        List<String> names = new ArrayList<>();
        known.forEach(each -> names.add(each.toString()));
        throw new BadSelection(
                "there is no " + kind + " " + name + ", and no dead letter of one",
                Nearest.suggestion(name.toString(), names)
                        .orElse("see sluice get " + kind.toLowerCase(java.util.Locale.ROOT)
                                + "s -A for what is there"));
    }
}
