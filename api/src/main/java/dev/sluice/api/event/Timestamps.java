/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * RFC 3339 timestamps, the CloudEvents type Timestamp. By hand, because one or two are read and written for every event
 * and every delivery, and because {@code java.time} neither reads nor writes exactly what the RFC says.
 */
public final class Timestamps {

    private static final int NANOS_DIGITS = 9;
    private static final int MINUTES_PER_HOUR = 60;

    private Timestamps() {}

    /**
     * Reads {@code date-time} of RFC 3339 5.6. Digits beyond nanoseconds are dropped.
     *
     * @return null if the text is no such timestamp. A leap second and an offset of more than 18 hours are none either:
     *     {@code java.time} has no value for them
     */
    public static @Nullable OffsetDateTime parse(String text) {
        int length = text.length();
        if (length < "2026-01-31T12:00:00Z".length()
                || text.charAt(4) != '-'
                || text.charAt(7) != '-'
                || (text.charAt(10) | 0x20) != 't'
                || text.charAt(13) != ':'
                || text.charAt(16) != ':') {
            return null;
        }
        int year = digits(text, 0, 4);
        int month = digits(text, 5, 7);
        int day = digits(text, 8, 10);
        int hour = digits(text, 11, 13);
        int minute = digits(text, 14, 16);
        int second = digits(text, 17, 19);
        if ((year | month | day | hour | minute | second) < 0) {
            return null;
        }
        int at = 19;
        int nanos = 0;
        if (text.charAt(at) == '.') {
            int first = ++at;
            while (at < length && isDigit(text.charAt(at))) {
                if (at - first < NANOS_DIGITS) {
                    nanos = nanos * 10 + (text.charAt(at) - '0');
                }
                at++;
            }
            if (at == first) {
                return null;
            }
            for (int digit = at - first; digit < NANOS_DIGITS; digit++) {
                nanos *= 10;
            }
        }
        ZoneOffset offset = offset(text, at);
        if (offset == null) {
            return null;
        }
        try {
            return OffsetDateTime.of(year, month, day, hour, minute, second, nanos, offset);
        } catch (DateTimeException e) {
            // 30 February, 25 o'clock: shaped like a timestamp, and none.
            return null;
        }
    }

    private static @Nullable ZoneOffset offset(String text, int at) {
        int left = text.length() - at;
        if (left == 1 && (text.charAt(at) | 0x20) == 'z') {
            return ZoneOffset.UTC;
        }
        if (left != "+00:00".length() || text.charAt(at + 3) != ':') {
            return null;
        }
        char sign = text.charAt(at);
        int hours = digits(text, at + 1, at + 3);
        int minutes = digits(text, at + 4, at + 6);
        if ((sign != '+' && sign != '-') || hours < 0 || minutes < 0 || minutes >= MINUTES_PER_HOUR) {
            return null;
        }
        int total = hours * MINUTES_PER_HOUR + minutes;
        if (total > 18 * MINUTES_PER_HOUR) {
            return null;
        }
        return ZoneOffset.ofTotalSeconds((sign == '-' ? -total : total) * 60);
    }

    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!isDigit(c)) {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Writes a moment in UTC, to the nanosecond if it has any. */
    public static String format(Instant moment) {
        return format(
                LocalDateTime.ofEpochSecond(moment.getEpochSecond(), moment.getNano(), ZoneOffset.UTC), ZoneOffset.UTC);
    }

    /** Writes seconds always and a fraction only if there is one, without zeros at its end. */
    public static String format(OffsetDateTime time) {
        return format(time.toLocalDateTime(), time.getOffset());
    }

    private static String format(LocalDateTime time, ZoneOffset offset) {
        StringBuilder out = new StringBuilder("2026-01-31T12:00:00.123456789+00:00".length());
        int year = time.getYear();
        out.append((char) ('0' + year / 1000 % 10)).append((char) ('0' + year / 100 % 10));
        two(out, year % 100);
        out.append('-');
        two(out, time.getMonthValue());
        out.append('-');
        two(out, time.getDayOfMonth());
        out.append('T');
        two(out, time.getHour());
        out.append(':');
        two(out, time.getMinute());
        out.append(':');
        two(out, time.getSecond());
        int nanos = time.getNano();
        if (nanos != 0) {
            out.append('.');
            for (int unit = 100_000_000; nanos != 0; unit /= 10) {
                out.append((char) ('0' + nanos / unit));
                nanos %= unit;
            }
        }
        int seconds = offset.getTotalSeconds();
        if (seconds == 0) {
            return out.append('Z').toString();
        }
        // RFC 3339 has no seconds in an offset; java.time has, for times before there were time zones.
        int minutes = Math.abs(seconds) / 60;
        out.append(seconds < 0 ? '-' : '+');
        two(out, minutes / MINUTES_PER_HOUR);
        out.append(':');
        two(out, minutes % MINUTES_PER_HOUR);
        return out.toString();
    }

    private static void two(StringBuilder out, int value) {
        out.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
    }
}
