/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import dev.sluice.sources.ping.CronField.Part;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cron schedule: minute, hour, day of month, month, day of week, and before them a second if there are six fields. Where
 * both days are restricted, either will do. Immutable.
 *
 * <p>When clocks are put forward, a schedule for given hours has what falls into the gap at its end, once; when they are put
 * back, it has what comes twice the first time only. A schedule for every hour goes on as time does, gap or not.
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

    /** February has a 29th within eight years, 1900 and 2100 between them. */
    private static final int FARTHEST_DAYS = 366 * 8;

    private static final long EVERY_HOUR = (1L << 24) - 1;

    private final CronField second;
    private final CronField minute;
    private final CronField hour;
    private final CronField dayOfMonth;
    private final CronField month;
    private final CronField dayOfWeek;
    private final ZoneId zone;

    private CronSchedule(
            CronField second,
            CronField minute,
            CronField hour,
            CronField dayOfMonth,
            CronField month,
            CronField dayOfWeek,
            ZoneId zone) {
        this.second = second;
        this.minute = minute;
        this.hour = hour;
        this.dayOfMonth = dayOfMonth;
        this.month = month;
        this.dayOfWeek = dayOfWeek;
        this.zone = zone;
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
        String[] fields = DESCRIPTORS.getOrDefault(lower, lower).split("\\s+");
        if (fields.length != 5 && fields.length != 6) {
            throw new IllegalArgumentException("has " + fields.length + " fields, not 5, or 6 with seconds");
        }
        int skip = fields.length - 5;
        CronSchedule schedule = new CronSchedule(
                CronField.parse(Part.SECOND, skip == 1 ? fields[0] : "0"),
                CronField.parse(Part.MINUTE, fields[skip]),
                CronField.parse(Part.HOUR, fields[skip + 1]),
                CronField.parse(Part.DAY_OF_MONTH, fields[skip + 2]),
                CronField.parse(Part.MONTH, fields[skip + 3]),
                CronField.parse(Part.DAY_OF_WEEK, fields[skip + 4]),
                zone);
        if (schedule.localFrom(LocalDateTime.of(2024, 1, 1, 0, 0)) == null) {
            throw new IllegalArgumentException("never comes: there is no such day");
        }
        return schedule;
    }

    /** The first tick after a moment; empty if there is none for years. */
    Optional<Instant> after(Instant moment) {
        return Optional.ofNullable(hour.bits() == EVERY_HOUR ? asTimeGoes(moment) : byTheHour(moment));
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
        LocalDate first = from.toLocalDate();
        for (int days = 0; days <= FARTHEST_DAYS; days++) {
            LocalDate day = first.plusDays(days);
            if (month.has(day.getMonthValue()) && isDay(day)) {
                LocalDateTime time = days == 0 ? timeFrom(from) : timeFrom(day.atStartOfDay());
                if (time != null) {
                    return time;
                }
            }
        }
        return null;
    }

    private boolean isDay(LocalDate day) {
        boolean inMonth = dayOfMonth.has(day.getDayOfMonth());
        boolean inWeek = dayOfWeek.has(day.getDayOfWeek().getValue() % 7);
        boolean either = dayOfMonth.isRestricted() && dayOfWeek.isRestricted();
        return either ? inMonth || inWeek : inMonth && inWeek;
    }

    /** On the same day. */
    private @Nullable LocalDateTime timeFrom(LocalDateTime from) {
        LocalDate day = from.toLocalDate();
        for (int h = hour.from(from.getHour()); h >= 0; h = hour.from(h + 1)) {
            boolean sameHour = h == from.getHour();
            for (int m = minute.from(sameHour ? from.getMinute() : 0); m >= 0; m = minute.from(m + 1)) {
                int s = second.from(sameHour && m == from.getMinute() ? from.getSecond() : 0);
                if (s >= 0) {
                    return day.atTime(h, m, s);
                }
            }
        }
        return null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CronSchedule that
                && second.equals(that.second)
                && minute.equals(that.minute)
                && hour.equals(that.hour)
                && dayOfMonth.equals(that.dayOfMonth)
                && month.equals(that.month)
                && dayOfWeek.equals(that.dayOfWeek)
                && zone.equals(that.zone);
    }

    @Override
    public int hashCode() {
        return Objects.hash(second, minute, hour, dayOfMonth, month, dayOfWeek, zone);
    }
}
