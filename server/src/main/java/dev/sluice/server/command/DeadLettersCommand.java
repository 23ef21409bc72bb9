/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.api.event.Timestamps;
import dev.sluice.server.http.JsonText;
import java.net.http.HttpRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice dead-letters list|show|redrive|discard}: events that could not be delivered, and what to do with them. */
public final class DeadLettersCommand implements Command {

    private static final String PATH = "dead-letters";

    private static final Instant YEAR_0 = Instant.parse("0000-01-01T00:00:00Z");

    /** As many as the admin API gives in one answer. */
    private static final int PAGE = 1_000;

    /** How often the progress of a redrive is asked for. */
    private static final long LOOK_MILLIS = 200;

    /** How often it is shown. */
    private static final long SHOW_NANOS = TimeUnit.SECONDS.toNanos(2);

    private enum Verb {
        LIST,
        SHOW,
        REDRIVE,
        DISCARD
    }

    @Override
    public String name() {
        return PATH;
    }

    @Override
    public String summary() {
        return "Lists events that could not be delivered, sends them again, or discards them.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addPositional(Words.argument(0, "list|show|redrive|discard", "What to do."));
        spec.addPositional(Words.optionalArgument(1, "ID", "Of a dead letter; the same as --id."));
        spec.addOption(Words.text("--broker", "[NAMESPACE/]NAME", "Only those of this Broker."));
        spec.addOption(Words.text("--trigger", "[NAMESPACE/]NAME", "Only those of this Trigger."));
        spec.addOption(Words.text(
                "--since",
                "TIME|DURATION",
                "Only those whose last attempt was then or later: 2026-11-21T09:30:00Z, or 2h for two hours ago."));
        spec.addOption(Words.text("--until", "TIME|DURATION", "Only those whose last attempt was before then."));
        spec.addOption(
                Words.text("--code", "STATUS|none", "Only those whose last answer had this status, or was none."));
        spec.addOption(
                Words.text("--filter", "CESQL", "Only events that this CloudEvents SQL expression is true for."));
        spec.addOption(Words.texts("--id", "ID", "Only this one. May be given several times."));
        spec.addOption(Words.text("--rate", "PER_SECOND", "redrive: no more than so many events a second."));
        spec.addOption(Words.flag("--dry-run", "redrive, discard: only says how many are selected."));
        spec.addOption(Words.flag("--all", "discard: everything, where nothing else selects."));
        spec.addOption(Words.text("-o", "--output", "json|wide", "list, show: everything as JSON, or more columns."));
        AdminClient.describe(spec);
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        Verb verb = verb(arguments.matchedPositionalValue(0, ""));
        String output = arguments.matchedOptionValue("--output", "table");
        if (!List.of("table", "wide", "json").contains(output)) {
            throw CommandFailure.usage("--output=" + output + " is none of wide, json");
        }
        refuseWhatDoesNotApply(verb, arguments);
        Map<String, Object> selection = selection(arguments);
        AdminClient admin = AdminClient.of(arguments, console);
        return switch (verb) {
            case LIST -> list(admin, selection, output, console);
            case SHOW -> show(admin, arguments, output, console);
            case REDRIVE -> redrive(admin, arguments, selection, console);
            case DISCARD -> discard(admin, arguments, selection, console);
        };
    }

    private static Verb verb(String text) throws CommandFailure {
        for (Verb verb : Verb.values()) {
            if (verb.name().toLowerCase(Locale.ROOT).equals(text)) {
                return verb;
            }
        }
        throw CommandFailure.usage("\"" + text + "\" is none of list, show, redrive, discard");
    }

    private static void refuseWhatDoesNotApply(Verb verb, ParseResult arguments) throws CommandFailure {
        List<String> problems = new ArrayList<>();
        String name = verb.name().toLowerCase(Locale.ROOT);
        if (arguments.hasMatchedOption("--rate") && verb != Verb.REDRIVE) {
            problems.add("--rate is for redrive, not for " + name);
        }
        if (arguments.hasMatchedOption("--all") && verb != Verb.DISCARD) {
            problems.add("--all is for discard, not for " + name);
        }
        if (arguments.hasMatchedOption("--dry-run") && verb != Verb.REDRIVE && verb != Verb.DISCARD) {
            problems.add("--dry-run is for redrive and discard, not for " + name);
        }
        if (!problems.isEmpty()) {
            throw CommandFailure.usage(problems);
        }
    }

    // ---- the selection ----------------------------------------------------------------------------------------------

    /** As the admin API takes it in a body; it reads most of it, so that it is read in one place. */
    private static Map<String, Object> selection(ParseResult arguments) throws CommandFailure {
        Map<String, Object> selection = new LinkedHashMap<>();
        for (String name : List.of("broker", "trigger", "code", "filter")) {
            option(arguments, "--" + name).ifPresent(text -> selection.put(name, text));
        }
        for (String name : List.of("since", "until")) {
            Optional<String> text = option(arguments, "--" + name);
            if (text.isPresent()) {
                selection.put(name, time("--" + name, text.get()));
            }
        }
        List<String> ids = new ArrayList<>(List.of(arguments.matchedOptionValue("--id", new String[0])));
        String positional = arguments.matchedPositionalValue(1, "");
        if (!positional.isEmpty()) {
            ids.add(positional);
        }
        if (!ids.isEmpty()) {
            selection.put("ids", ids);
        }
        return selection;
    }

    private static Optional<String> option(ParseResult arguments, String flag) {
        return Optional.ofNullable(arguments.matchedOptionValue(flag, null));
    }

    /** A duration is so long ago. */
    private static String time(String flag, String text) throws CommandFailure {
        Optional<Instant> ago = ago(text.strip());
        if (ago.isPresent()) {
            return ago.get().toString();
        }
        if (Timestamps.parse(text) == null) {
            throw CommandFailure.usage(flag + "=" + text
                    + " is no time; write one such as 2026-11-21T09:30:00Z, or 90s, 30m, 2h, 7d for so long ago");
        }
        return text;
    }

    private static Optional<Instant> ago(String text) {
        if (text.length() < 2) {
            return Optional.empty();
        }
        try {
            long amount = Long.parseLong(text.substring(0, text.length() - 1));
            Duration time = switch (text.charAt(text.length() - 1)) {
                case 's' -> Duration.ofSeconds(amount);
                case 'm' -> Duration.ofMinutes(amount);
                case 'h' -> Duration.ofHours(amount);
                case 'd' -> Duration.ofDays(amount);
                default -> Duration.ofSeconds(-1);
            };
            Instant then = Instant.now().minus(time).truncatedTo(ChronoUnit.MILLIS);
            // RFC 3339 has no years before 0.
            return time.isNegative() || then.isBefore(YEAR_0) ? Optional.empty() : Optional.of(then);
        } catch (NumberFormatException | ArithmeticException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Object ok(AdminClient.Answer answer) throws CommandFailure {
        if (answer.statusCode() == 400) {
            throw CommandFailure.usage(answer.refusal());
        }
        if (answer.statusCode() / 100 != 2) {
            throw CommandFailure.failed(answer.refusal());
        }
        return answer.tree();
    }

    private static HttpRequest.Builder post(AdminClient admin, String verb, Map<String, Object> body) {
        return admin.request(PATH + "/" + verb)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JsonText.of(body)));
    }

    // ---- list and show ----------------------------------------------------------------------------------------------

    private static int list(AdminClient admin, Map<String, Object> selection, String output, Console console)
            throws CommandFailure {
        StringBuilder query = new StringBuilder("?limit=" + PAGE);
        for (Map.Entry<String, Object> condition : selection.entrySet()) {
            if (condition.getValue() instanceof List<?> ids) {
                ids.forEach(id -> query.append("&id=").append(AdminClient.encode(String.valueOf(id))));
            } else {
                query.append('&')
                        .append(condition.getKey())
                        .append('=')
                        .append(AdminClient.encode(condition.getValue().toString()));
            }
        }
        List<@Nullable Object> items = new ArrayList<>();
        String after = "";
        do {
            Object page = ok(admin.send(admin.request(PATH + query + (after.isEmpty() ? "" : "&after=" + after))));
            if (JsonTree.at(page, "items") instanceof List<?> some) {
                items.addAll(some);
            }
            after = JsonTree.text(page, "next");
        } while (!after.isEmpty());

        if (output.equals("json")) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            all.put("items", items);
            console.out().println(PrettyJson.of(all));
        } else if (items.isEmpty()) {
            console.err().println("No dead letters found.");
        } else {
            console.out().print(table(items, output.equals("wide")));
        }
        return ExitStatus.OK;
    }

    private static String table(List<@Nullable Object> items, boolean wide) {
        List<String> columns =
                new ArrayList<>(List.of("ID", "TRIGGER", "EVENT_TYPE", "CODE", "REASON", "ATTEMPTS", "LAST_ATTEMPT"));
        if (wide) {
            columns.addAll(List.of("BROKER", "EVENT_ID", "MESSAGE"));
        }
        var table = new Table(columns);
        for (Object item : items) {
            List<String> cells = new ArrayList<>();
            cells.add(JsonTree.text(item, "id"));
            cells.add(JsonTree.text(item, "trigger"));
            cells.add(JsonTree.text(item, "event", "type"));
            cells.add(JsonTree.text(item, "code"));
            cells.add(JsonTree.text(item, "reason"));
            cells.add(JsonTree.text(item, "attempts"));
            cells.add(JsonTree.text(item, "lastAttempt"));
            if (wide) {
                cells.add(JsonTree.text(item, "broker"));
                cells.add(JsonTree.text(item, "event", "id"));
                cells.add(JsonTree.text(item, "message"));
            }
            table.add(cells);
        }
        return table.toString();
    }

    private static int show(AdminClient admin, ParseResult arguments, String output, Console console)
            throws CommandFailure {
        List<String> ids = new ArrayList<>(List.of(arguments.matchedOptionValue("--id", new String[0])));
        String positional = arguments.matchedPositionalValue(1, "");
        if (!positional.isEmpty()) {
            ids.add(positional);
        }
        if (ids.size() != 1) {
            throw CommandFailure.usage("show takes one dead letter; name it by its id, which list shows");
        }
        Object item = ok(admin.send(admin.request(PATH + "/" + AdminClient.encode(ids.get(0)))));
        if (output.equals("json")) {
            console.out().println(PrettyJson.of(item));
            return ExitStatus.OK;
        }
        for (String field : List.of(
                "id",
                "broker",
                "trigger",
                "triggerUid",
                "reason",
                "message",
                "destination",
                "code",
                "attempts",
                "firstAttempt",
                "lastAttempt")) {
            line(console, field, JsonTree.text(item, field));
        }
        line(console, "response", JsonTree.text(item, "response", "body"));
        line(console, "responseBase64", JsonTree.text(item, "response", "bodyBase64"));
        console.out().println("event");
        PrettyJson.of(JsonTree.at(item, "event"))
                .lines()
                .forEach(line -> console.out().println("  " + line));
        return ExitStatus.OK;
    }

    private static void line(Console console, String field, String value) {
        if (!value.isEmpty()) {
            console.out().println(field + " ".repeat(Math.max(1, 16 - field.length())) + Visible.of(value));
        }
    }

    // ---- redrive ----------------------------------------------------------------------------------------------------

    private static int redrive(AdminClient admin, ParseResult arguments, Map<String, Object> selection, Console console)
            throws CommandFailure {
        Map<String, Object> body = new LinkedHashMap<>(selection);
        option(arguments, "--rate").ifPresent(rate -> body.put("rate", rate));
        boolean dryRun = arguments.matchedOptionValue("--dry-run", false);
        if (dryRun) {
            body.put("dryRun", true);
        } else {
            // When this command is killed, the server notices that nobody asks any more.
            body.put("attended", true);
        }
        Object begun = ok(admin.send(post(admin, "redrive", body)));
        if (dryRun) {
            console.out().println(count(begun, "selected") + " would be sent again");
            return ExitStatus.OK;
        }
        return follow(admin, begun, console);
    }

    private static int follow(AdminClient admin, @Nullable Object begun, Console console) throws CommandFailure {
        String path = PATH + "/redrives/" + AdminClient.encode(JsonTree.text(begun, "id"));
        var stop = new CountDownLatch(1);
        var stopAgain = new CountDownLatch(2);
        console.stop().handle(signal -> {
            stop.countDown();
            stopAgain.countDown();
        });
        boolean stopping = false;
        Object progress = begun;
        long shownNanos = System.nanoTime();
        while (JsonTree.text(progress, "state").equals("running")) {
            if (stopping || !await(stop)) {
                progress = ok(admin.send(admin.request(path)));
                pause(stopping);
            } else {
                stopping = true;
                progress = ok(admin.send(admin.request(path).DELETE()));
            }
            if (stopAgain.getCount() == 0) {
                console.err()
                        .println("sluice dead-letters: not waiting for what is with its Trigger already;"
                                + " what fails there is a dead letter again");
                return ExitStatus.FAILED;
            }
            if (System.nanoTime() - shownNanos > SHOW_NANOS) {
                shownNanos = System.nanoTime();
                console.err().println(summary(progress));
            }
        }
        console.out().println(summary(progress));
        long refused = number(progress, "refused");
        if (refused > 0) {
            console.err()
                    .println("sluice dead-letters: " + refused + " were refused, because their Trigger is not there any"
                            + " more: " + JsonTree.text(progress, "gone")
                            + "; discard them, or send their events to the"
                            + " Broker as new ones");
        }
        if (JsonTree.text(progress, "state").equals("stopped")) {
            console.err().println("sluice dead-letters: stopped; the same command goes on where this one was");
            return ExitStatus.FAILED;
        }
        return refused + number(progress, "failed") + number(progress, "putBack") == 0
                ? ExitStatus.OK
                : ExitStatus.FAILED;
    }

    /** Tells whether somebody asks to stop. */
    private static boolean await(CountDownLatch stop) throws CommandFailure {
        try {
            return stop.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted");
        }
    }

    private static void pause(boolean stopping) throws CommandFailure {
        if (stopping) {
            boolean never = await(new CountDownLatch(1));
            assert !never;
        }
    }

    private static String summary(@Nullable Object progress) {
        StringBuilder summary = new StringBuilder(count(progress, "selected") + ":");
        summary.append(' ').append(number(progress, "delivered")).append(" delivered");
        append(summary, progress, "deadLettered", "went to a dead letter sink");
        append(summary, progress, "expired", "had expired");
        append(summary, progress, "failed", "failed again and stay parked");
        append(summary, progress, "refused", "refused");
        append(summary, progress, "skipped", "gone already, or sent by another redrive");
        append(summary, progress, "putBack", "put back");
        append(summary, progress, "sending", "on their way");
        append(summary, progress, "remaining", "still to be sent");
        return summary.toString();
    }

    private static void append(StringBuilder summary, @Nullable Object progress, String field, String words) {
        long number = number(progress, field);
        if (number > 0) {
            summary.append(", ").append(number).append(' ').append(words);
        }
    }

    // ---- discard ----------------------------------------------------------------------------------------------------

    private static int discard(AdminClient admin, ParseResult arguments, Map<String, Object> selection, Console console)
            throws CommandFailure {
        boolean all = arguments.matchedOptionValue("--all", false);
        if (selection.isEmpty() && !all) {
            throw CommandFailure.usage(
                    "discard selects nothing; select some, such as --trigger default/orders, or say --all");
        }
        Map<String, Object> body = new LinkedHashMap<>(selection);
        if (all) {
            body.put("all", true);
        }
        boolean dryRun = arguments.matchedOptionValue("--dry-run", false);
        if (dryRun) {
            body.put("dryRun", true);
        }
        Object result = ok(admin.send(post(admin, "discard", body)));
        if (dryRun) {
            console.out().println(count(result, "selected") + " would be discarded");
            return ExitStatus.OK;
        }
        long left = number(result, "selected") - number(result, "discarded");
        console.out()
                .println(count(result, "discarded") + " discarded"
                        + (left > 0 ? "; " + left + " are being sent again, and stay" : ""));
        return ExitStatus.OK;
    }

    private static String count(@Nullable Object tree, String field) {
        long number = number(tree, field);
        return number + (number == 1 ? " dead letter" : " dead letters");
    }

    private static long number(@Nullable Object tree, String field) {
        return JsonTree.at(tree, field) instanceof Number number ? number.longValue() : 0;
    }
}
