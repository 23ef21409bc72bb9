/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A cron schedule: minute, hour, day of month, month, day of week, and before them a second if there are six fields. Where
 * both days are restricted, either will do. Immutable.
 *
 * <p>When clocks are put forward, a schedule for given hours has what falls into the gap at its end, once; when they are put
 * back, it has what comes twice the first time only. A schedule for every hour goes on as time does, gap or not. The library
 * that knows cron sees no such changes: it is asked about local times, which are put into their zone here.
 */
final class CronSchedule {

    private static final Map<String, String> DESCRIPTORS = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");

    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.defineCron()
            .withSeconds()
            .withStrictRange()
            .and()
            .withMinutes()
            .withStrictRange()
            .and()
            .withHours()
            .withStrictRange()
            .and()
            .withDayOfMonth()
            .withStrictRange()
            .and()
            .withMonth()
            .withStrictRange()
            .and()
            .withDayOfWeek()
            .withValidRange(0, 7)
            .withMondayDoWValue(1)
            .withIntMapping(7, 0)
            .withStrictRange()
            .and()
            .instance());

    /** Narrower than the parser, which takes steps of 0 and leaves out what stands behind a second slash. */
    private static final Pattern ELEMENT =
            Pattern.compile("(\\*|[a-z]{3}|[0-9]{1,2})(-([a-z]{3}|[0-9]{1,2}))?(/0*[1-9][0-9]{0,2})?");

    private static final LocalDateTime SOME_DAY = LocalDateTime.of(2024, 1, 1, 0, 0);
    private static final int HOURS = 24;

    /** In their order, and with a second. */
    private static final List<Field> FIELDS = List.of(
            new Field("a second", "0 to 59"),
            new Field("a minute", "0 to 59"),
            new Field("an hour", "0 to 23"),
            new Field("a day of month", "1 to 31"),
            new Field("a month", "1 to 12 or jan to dec"),
            new Field("a day of week", "0 to 7 or sun to sat"));

    private static final int HOUR = 2;
    private static final int DAY_OF_WEEK = 5;

    /** What a field is called, and what may stand in it. */
    private record Field(String name, String values) {

        IllegalArgumentException wrong(String text, @Nullable Throwable cause) {
            return new IllegalArgumentException(
                    "has " + name + " \"" + text + "\", which is not *, a value, a range, a step or a list of "
                            + values,
                    cause);
        }
    }

    private final String text;
    private final ZoneId zone;
    private final ExecutionTime times;
    private final boolean everyHour;

    private CronSchedule(String[] fields, ZoneId zone) {
        text = String.join(" ", fields);
        this.zone = zone;
        times = timesOf(fields);
        ExecutionTime hours = timesOf("0", "0", fields[HOUR], "*", "*", "*");
        everyHour = IntStream.range(0, HOURS)
                .allMatch(hour -> hours.isMatch(SOME_DAY.withHour(hour).atZone(ZoneOffset.UTC)));
    }

    private static ExecutionTime timesOf(String... fields) {
        // The parser would put them into upper case by the rules of the user's language.
        return ExecutionTime.forCron(PARSER.parse(String.join(" ", fields).toUpperCase(Locale.ROOT)));
    }

    /** @throws IllegalArgumentException if the text is no schedule; the message says the rule, to be read after the text */
    static CronSchedule parse(String text, ZoneId zone) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        if (lower.contains("@every")) {
            throw new IllegalArgumentException("has @every, which follows no clock");
        }
        if (lower.startsWith("tz=") || lower.startsWith("cron_tz=")) {
            throw new IllegalArgumentException("has a time zone in it, which belongs into spec.timezone");
        }
        if (lower.startsWith("@") && !DESCRIPTORS.containsKey(lower)) {
            throw new IllegalArgumentException("is none of @yearly, @monthly, @weekly, @daily, @hourly");
        }
        String[] fields =
                DESCRIPTORS.getOrDefault(lower, lower).replace('?', '*').split("\\s+");
        if (fields.length != 5 && fields.length != 6) {
            throw new IllegalArgumentException("has " + fields.length + " fields, not 5, or 6 with seconds");
        }
        String[] six = Arrays.copyOf(new String[] {"0"}, 6);
        System.arraycopy(fields, 0, six, 6 - fields.length, fields.length);
        for (int i = 0; i < six.length; i++) {
            check(i, six[i]);
        }
        CronSchedule schedule = new CronSchedule(six, zone);
        if (schedule.localFrom(SOME_DAY) == null) {
            throw new IllegalArgumentException("never comes: there is no such day");
        }
        return schedule;
    }

    /** Alone, so that a mistake can be told with the field in which it is. */
    private static void check(int index, String text) {
        Field field = FIELDS.get(index);
        for (String element : text.split(",", -1)) {
            // From Sunday on there is none but Sunday; the parser would take the other end of the week.
            boolean fromTheEnd = index == DAY_OF_WEEK && element.startsWith("7/");
            if (fromTheEnd || !ELEMENT.matcher(element).matches()) {
                throw field.wrong(text, null);
            }
        }
        String[] alone = {"*", "*", "*", "*", "*", "*"};
        alone[index] = text;
        try {
            timesOf(alone);
        } catch (IllegalArgumentException e) {
            throw field.wrong(text, e);
        }
    }

    /** The first tick after a moment; empty if there is none for years. */
    Optional<Instant> after(Instant moment) {
        return Optional.ofNullable(everyHour ? asTimeGoes(moment) : byTheHour(moment));
    }

    private @Nullable Instant byTheHour(Instant moment) {
        LocalDateTime local = LocalDateTime.ofInstant(moment, zone);
        while (true) {
            local = localFrom(local.withNano(0).plusSeconds(1));
            if (local == null) {
                return null;
            }
            ZoneOffsetTransition change = zone.getRules().getTransition(local);
            Instant tick = change == null
                    ? local.toInstant(zone.getRules().getOffset(local))
                    : change.isGap() ? change.getInstant() : local.toInstant(change.getOffsetBefore());
            if (tick.isAfter(moment)) {
                return tick;
            }
        }
    }

    private @Nullable Instant asTimeGoes(Instant moment) {
        Instant from = Instant.ofEpochSecond(moment.getEpochSecond() + 1);
        while (true) {
            ZoneOffset offset = zone.getRules().getOffset(from);
            LocalDateTime local = localFrom(LocalDateTime.ofEpochSecond(from.getEpochSecond(), 0, offset));
            if (local == null) {
                return null;
            }
            Instant tick = local.toInstant(offset);
            ZoneOffsetTransition change = zone.getRules().nextTransition(from.minusSeconds(1));
            if (change == null
                    || change.getInstant().isAfter(tick)
                    || change.getInstant().equals(from)) {
                return tick;
            }
            from = change.getInstant();
        }
    }

    /** The first time that matches, this one included; null if there is none for years. */
    private @Nullable LocalDateTime localFrom(LocalDateTime from) {
        return times.nextExecution(from.minusSeconds(1).atZone(ZoneOffset.UTC))
                .map(next -> next.toLocalDateTime())
                .orElse(null);
    }

    /** The same for schedules that are equal. */
    @Override
    public String toString() {
        return text + " " + zone;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CronSchedule that && text.equals(that.text) && zone.equals(that.zone);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text, zone);
    }
}
