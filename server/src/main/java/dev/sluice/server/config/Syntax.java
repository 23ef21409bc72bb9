/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How the text of an option becomes a value.
 *
 * @param placeholder what stands for the value in help, such as {@code PORT}
 * @param range which values there are, for people to read
 * @param many whether the option takes several values
 * @param reader reads one value for an option that takes one, all of them for one that takes several; throws {@link
 *     IllegalArgumentException} with the rule and the remedy
 */
record Syntax<T>(String placeholder, String range, boolean many, Reader<T> reader) {

    private static final String FLAG = "true|false";
    private static final long KIB = 1024;
    private static final long MIB = KIB * KIB;
    private static final long GIB = MIB * KIB;

    @FunctionalInterface
    interface Reader<T> {
        T read(List<String> texts);
    }

    @FunctionalInterface
    private interface One<T> {
        T read(String text);
    }

    Syntax {
        requireNonNull(placeholder, "placeholder");
        requireNonNull(range, "range");
        requireNonNull(reader, "reader");
    }

    private static <T> Syntax<T> one(String placeholder, String range, One<T> one) {
        return new Syntax<>(placeholder, range, false, texts -> one.read(texts.get(0)));
    }

    /** Given without a value, it is true. */
    static Syntax<Boolean> flag() {
        return one(FLAG, "true or false", text -> switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("is neither true nor false");
        });
    }

    /** Whether a flag alone says something. */
    boolean isFlag() {
        return placeholder.equals(FLAG);
    }

    static Syntax<Integer> integer(String placeholder, int min, int max) {
        String range = min + " to " + max;
        return one(placeholder, range, text -> {
            try {
                int value = Integer.parseInt(text.strip());
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Too many digits, or no number at all: the rule below says it.
            }
            throw new IllegalArgumentException("is not a whole number from " + range);
        });
    }

    /** {@code 500ms}, {@code 30s}, {@code 2m}, {@code 1h} or ISO-8601. */
    static Syntax<Duration> duration(Duration min, Duration max) {
        String range = text(min) + " to " + text(max);
        return one("DURATION", range, text -> {
            Duration value = parseDuration(text.strip())
                    .orElseThrow(() ->
                            new IllegalArgumentException("is not a duration; write one such as 30s, 500ms or PT30S"));
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new IllegalArgumentException("is out of range; write a duration from " + range);
            }
            return value;
        });
    }

    /** Bytes as a plain number, or with KiB, MiB or GiB. */
    static Syntax<Long> size(long min, long max) {
        String range = sizeText(min) + " to " + sizeText(max);
        return one("SIZE", range, text -> {
            long value = parseSize(text.strip())
                    .orElseThrow(() -> new IllegalArgumentException(
                            "is not a size; write bytes such as 65536, or 64KiB, 1MiB, 2GiB"));
            if (value < min || value > max) {
                throw new IllegalArgumentException("is out of range; write a size from " + range);
            }
            return value;
        });
    }

    /** A size as {@link #size} takes it, or a percentage of the largest heap, such as {@code 10%}; no more than that. */
    static Syntax<Long> sizeOrPartOfHeap(long min, int maxPercent) {
        String range = sizeText(min) + " to " + maxPercent + "% of the heap";
        return one("SIZE|PERCENT", range, text -> {
            long heap = Runtime.getRuntime().maxMemory();
            String stripped = text.strip();
            boolean percent = stripped.endsWith("%");
            long value = (percent
                            ? parseSize(stripped.substring(0, stripped.length() - 1))
                                    .map(part -> heap / 100 * part)
                            : parseSize(stripped))
                    .orElseThrow(() -> new IllegalArgumentException(
                            "is not a size; write bytes such as 67108864, 64MiB, or a part of the heap such as 10%"));
            if (value < min || value > heap / 100 * maxPercent) {
                throw new IllegalArgumentException("is out of range; write a size from " + range);
            }
            return value;
        });
    }

    /** A size that an array can have. */
    static Syntax<Integer> bytes(long min, long max) {
        Syntax<Long> size = size(min, Math.min(max, Integer.MAX_VALUE));
        return new Syntax<>(
                size.placeholder(),
                size.range(),
                false,
                texts -> Math.toIntExact(size.reader().read(texts)));
    }

    static <E extends Enum<E>> Syntax<E> oneOf(Class<E> type) {
        E[] constants = type.getEnumConstants();
        List<String> names = new ArrayList<>();
        for (E constant : constants) {
            names.add(constant.name().toLowerCase(Locale.ROOT));
        }
        String range = String.join(", ", names);
        return one(String.join("|", names), range, text -> {
            int index = names.indexOf(text);
            if (index < 0) {
                throw new IllegalArgumentException("is none of " + range);
            }
            return constants[index];
        });
    }

    static Syntax<String> text(String placeholder, String range) {
        return one(placeholder, range, Syntax::notBlank);
    }

    static Syntax<Path> path(String placeholder) {
        return one(placeholder, "a path", Syntax::toPath);
    }

    static Syntax<List<Path>> paths(String placeholder) {
        return new Syntax<>(placeholder, "paths", true, texts -> {
            List<Path> paths = new ArrayList<>();
            for (String text : texts) {
                paths.add(toPath(text));
            }
            return List.copyOf(paths);
        });
    }

    static Syntax<List<String>> texts(String placeholder, String range) {
        return new Syntax<>(placeholder, range, true, texts -> {
            List<String> all = new ArrayList<>();
            for (String text : texts) {
                all.add(notBlank(text));
            }
            return List.copyOf(all);
        });
    }

    static Syntax<URI> httpUrl() {
        return one("URL", "an absolute http or https URL", text -> {
            try {
                URI uri = new URI(text.strip());
                if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                        && uri.getHost() != null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null) {
                    return uri;
                }
            } catch (URISyntaxException e) {
                // The rule below says it.
            }
            throw new IllegalArgumentException(
                    "is not an absolute http or https URL; write one such as http://broker.example.com:8080");
        });
    }

    private static String notBlank(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("is blank");
        }
        return text.strip();
    }

    private static Path toPath(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("is not a path; it is blank");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path; " + e.getReason(), e);
        }
    }

    private static Optional<Duration> parseDuration(String text) {
        try {
            if (text.startsWith("P") || text.startsWith("p")) {
                return Optional.of(Duration.parse(text));
            }
            int unit = unitStart(text);
            if (unit == 0) {
                return Optional.empty();
            }
            long amount = Long.parseLong(text.substring(0, unit));
            return switch (text.substring(unit)) {
                case "ms" -> Optional.of(Duration.ofMillis(amount));
                case "s" -> Optional.of(Duration.ofSeconds(amount));
                case "m" -> Optional.of(Duration.ofMinutes(amount));
                case "h" -> Optional.of(Duration.ofHours(amount));
                default -> Optional.empty();
            };
        } catch (DateTimeParseException | ArithmeticException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Long> parseSize(String text) {
        try {
            int unit = unitStart(text);
            if (unit == 0) {
                return Optional.empty();
            }
            long amount = Long.parseLong(text.substring(0, unit));
            return switch (text.substring(unit).strip()) {
                case "", "B" -> Optional.of(amount);
                case "KiB" -> Optional.of(Math.multiplyExact(amount, KIB));
                case "MiB" -> Optional.of(Math.multiplyExact(amount, MIB));
                case "GiB" -> Optional.of(Math.multiplyExact(amount, GIB));
                default -> Optional.empty();
            };
        } catch (ArithmeticException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Where the digits at the beginning end. */
    private static int unitStart(String text) {
        int index = 0;
        while (index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9') {
            index++;
        }
        return index;
    }

    private static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 3_600_000 == 0 && millis > 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0 && millis > 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    private static String sizeText(long bytes) {
        if (bytes % GIB == 0) {
            return bytes / GIB + "GiB";
        }
        if (bytes % MIB == 0) {
            return bytes / MIB + "MiB";
        }
        return bytes % KIB == 0 ? bytes / KIB + "KiB" : Long.toString(bytes);
    }
}
