/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CronScheduleTest {

    private static final ZoneId VIENNA = ZoneId.of("Europe/Vienna");
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private static List<String> ticks(String schedule, ZoneId zone, Instant after, int count) {
        CronSchedule parsed = CronSchedule.parse(schedule, zone);
        List<String> ticks = new ArrayList<>();
        Instant at = after;
        for (int i = 0; i < count; i++) {
            at = parsed.after(at).orElseThrow();
            ticks.add(at.toString());
        }
        return ticks;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "* * * * *         | 2026-01-31T12:01:00Z | 2026-01-31T12:02:00Z",
                "*/10 * * * * *    | 2026-01-31T12:00:10Z | 2026-01-31T12:00:20Z",
                "5/20 * * * *      | 2026-01-31T12:05:00Z | 2026-01-31T12:25:00Z",
                "0 9-17/4 * * *    | 2026-01-31T13:00:00Z | 2026-01-31T17:00:00Z",
                "0 0 31 * *        | 2026-03-31T00:00:00Z | 2026-05-31T00:00:00Z",
                "0 0 29 2 *        | 2028-02-29T00:00:00Z | 2032-02-29T00:00:00Z",
                "0 0 * * MON-FRI   | 2026-02-02T00:00:00Z | 2026-02-03T00:00:00Z",
                "0 0 * * 7         | 2026-02-01T00:00:00Z | 2026-02-08T00:00:00Z",
                "0 0 1,15 * 1      | 2026-02-01T00:00:00Z | 2026-02-02T00:00:00Z",
                "0 0 * * 5-7       | 2026-02-01T00:00:00Z | 2026-02-06T00:00:00Z",
                "0 0 * * sat,sun   | 2026-02-01T00:00:00Z | 2026-02-07T00:00:00Z",
                "0 0 * * */2       | 2026-02-01T00:00:00Z | 2026-02-03T00:00:00Z",
                "0 0 */10 * *      | 2026-02-01T00:00:00Z | 2026-02-11T00:00:00Z",
                "0 0 1 feb-apr *   | 2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z",
                "30 4 ? JAN,jul *  | 2026-07-01T04:30:00Z | 2026-07-02T04:30:00Z",
                "@hourly           | 2026-01-31T13:00:00Z | 2026-01-31T14:00:00Z",
                "@daily            | 2026-02-01T00:00:00Z | 2026-02-02T00:00:00Z",
                "@weekly           | 2026-02-01T00:00:00Z | 2026-02-08T00:00:00Z",
                "@monthly          | 2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z",
                "@yearly           | 2027-01-01T00:00:00Z | 2028-01-01T00:00:00Z",
            })
    void the_next_ticks_are_those_of_the_schedule(String schedule, String first, String second) {
        assertThat(ticks(schedule, ZoneOffset.UTC, NOON, 2)).containsExactly(first, second);
    }

    @Test
    void a_time_that_is_skipped_when_clocks_go_forward_comes_at_the_end_of_the_gap_once() {
        // Given: 2026-03-29 there is no time from 02:00 to 03:00 in Vienna
        Instant before = Instant.parse("2026-03-28T12:00:00Z");

        // Then
        assertThat(ticks("0,30 2 * * *", VIENNA, before, 3))
                .containsExactly("2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z");
    }

    @Test
    void a_time_that_comes_twice_when_clocks_go_back_counts_once() {
        // Given: 2026-10-25 the time from 02:00 to 03:00 comes twice in Vienna
        Instant before = Instant.parse("2026-10-24T12:00:00Z");

        // Then
        assertThat(ticks("0,30 2 * * *", VIENNA, before, 3))
                .containsExactly("2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z");
    }

    @ParameterizedTest
    @CsvSource({"2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"})
    void what_comes_every_hour_goes_on_as_time_does(Instant midnight) {
        // When
        List<String> ticks = ticks("*/30 * * * *", VIENNA, midnight, 12);

        // Then
        for (int i = 0; i < ticks.size(); i++) {
            assertThat(ticks.get(i))
                    .isEqualTo(midnight.plusSeconds(1800L * (i + 1)).toString());
        }
    }

    @Test
    void any_schedule_agrees_with_looking_at_every_minute() {
        // Given
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            String text = field(random, 0, 59) + " " + field(random, 0, 23) + " " + field(random, 1, 31) + " "
                    + field(random, 1, 12) + " " + field(random, 0, 7);
            CronSchedule schedule;
            try {
                schedule = CronSchedule.parse(text, ZoneOffset.UTC);
            } catch (IllegalArgumentException never) {
                assertThat(never).as("seed %s: %s", seed, text).hasMessageContaining("never comes");
                continue;
            }
            Instant from = NOON.plusSeconds(random.nextInt(40_000_000));

            // When
            Instant next = schedule.after(from).orElseThrow();

            // Then: the naive search finds no earlier one, within a week
            ZonedDateTime at = from.atZone(ZoneOffset.UTC).withSecond(0).plusMinutes(1);
            for (int minutes = 0; minutes < 10_080 && at.toInstant().isBefore(next); minutes++) {
                assertThat(matches(text, at))
                        .as("seed %s: %s at %s", seed, text, at)
                        .isFalse();
                at = at.plusMinutes(1);
            }
            assertThat(matches(text, next.atZone(ZoneOffset.UTC)))
                    .as("seed %s: %s", seed, text)
                    .isTrue();
        }
    }

    private static String field(Random random, int least, int most) {
        int a = least + random.nextInt(most - least + 1);
        int b = least + random.nextInt(most - least + 1);
        int first = least + random.nextInt(most - least);
        int step = 1 + random.nextInt(most - least - 1);
        return switch (random.nextInt(8)) {
            case 0 -> Integer.toString(a);
            case 1 -> Math.min(a, b) + "-" + Math.max(a, b);
            case 2 -> a + "," + b;
            case 3 -> "*/" + step;
            case 4 -> first + "/" + step;
            case 5 -> Math.min(a, b) + "-" + Math.max(a, b) + "/" + step;
            case 6 -> a + "," + Math.min(a, b) + "-" + Math.max(a, b) + "/" + step;
            default -> "*";
        };
    }

    private static boolean matches(String text, ZonedDateTime at) {
        String[] fields = text.split(" ");
        boolean day = in(fields[2], at.getDayOfMonth(), 1, 31);
        int weekday = at.getDayOfWeek().getValue();
        // Sunday is 0 and 7.
        boolean week = in(fields[4], weekday, 0, 7) || (weekday == 7 && in(fields[4], 0, 0, 7));
        boolean days = isAll(fields[2]) || isAll(fields[4]) ? day && week : day || week;
        return in(fields[0], at.getMinute(), 0, 59)
                && in(fields[1], at.getHour(), 0, 23)
                && days
                && in(fields[3], at.getMonthValue(), 1, 12);
    }

    private static boolean isAll(String field) {
        return field.equals("*") || field.equals("*/1");
    }

    private static boolean in(String field, int value, int least, int most) {
        for (String element : field.split(",")) {
            String[] step = element.split("/");
            String[] bounds = step[0].split("-");
            int first = step[0].equals("*") ? least : Integer.parseInt(bounds[0]);
            int last = step[0].equals("*") || (bounds.length == 1 && step.length == 2)
                    ? most
                    : Integer.parseInt(bounds[bounds.length - 1]);
            if (value >= first
                    && value <= last
                    && (value - first) % (step.length == 2 ? Integer.parseInt(step[1]) : 1) == 0) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "* * * *          | 4 fields",
                "* * * * * * *    | 7 fields",
                "60 * * * *       | a minute \"60\", which is not *, a value, a range, a step or a list of 0 to 59",
                "* 24 * * *       | an hour \"24\"",
                "* * 0 * *        | 1 to 31",
                "* * * 13 *       | 1 to 12 or jan to dec",
                "* * * * 8        | 0 to 7 or sun to sat",
                "x * * * *        | a minute \"x\"",
                "*/0 * * * *      | a minute \"*/0\"",
                "5-1 * * * *      | a minute \"5-1\"",
                "1-2-3 * * * *    | a minute \"1-2-3\"",
                "1/2/3 * * * *    | a minute \"1/2/3\"",
                "1,, * * * *      | a minute \"1,,\"",
                "-1 * * * *       | a minute \"-1\"",
                "* * 1L * *       | a day of month \"1l\"",
                "* * * * 7/2      | a day of week \"7/2\"",
                "*/61 * * * *     | a minute \"*/61\"",
                "* * * * mon#2    | a day of week \"mon#2\"",
                "* * * ja *       | a month \"ja\"",
                "* * * * +1       | a day of week \"+1\"",
                "0 0 30 2 *       | never comes",
                "@every 5s        | @every",
                "@sometimes       | none of @yearly",
                "TZ=UTC 0 0 * * * | spec.timezone",
            })
    void what_is_no_schedule_is_refused_with_the_rule(String text, String rule) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CronSchedule.parse(text, ZoneOffset.UTC))
                .withMessageContaining(rule);
    }
}
