/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.text.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The value of every option of {@code serve}: flag over environment variable over configuration file over default. Read
 * once at start; nothing else reads the environment.
 */
public final class Settings {

    private final Map<ServeOption<?>, Setting> settings;
    private final List<String> problems;
    private final List<String> warnings;

    private record Setting(Object value, String text) {}

    /** Where a value was written, for messages, and the text. */
    private record Written(String place, List<String> texts) {}

    private Settings(Map<ServeOption<?>, Setting> settings, List<String> problems, List<String> warnings) {
        this.settings = settings;
        this.problems = List.copyOf(problems);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads all options. One whose value is wrong has its default, so that all that is wrong can be found at once; nobody
     * should go on with settings that have {@link #problems}.
     *
     * @param flags what the command line gave, by option name
     */
    public static Settings resolve(Map<String, List<String>> flags, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        ConfigFile file = configFile(flags, environment);
        problems.addAll(file.problems());
        problems.addAll(unknownKeys(file));
        warnings.addAll(unknownVariables(environment));

        Map<ServeOption<?>, Setting> settings = new LinkedHashMap<>();
        for (ServeOption<?> option : ServeOptions.ALL) {
            Optional<Written> written = written(option, flags, environment, file);
            option.defaultText()
                    .ifPresent(text -> settings.put(option, new Setting(option.read(split(option, text)), text)));
            written.ifPresent(value -> read(option, value, settings, problems));
        }
        return new Settings(settings, problems, warnings);
    }

    private static void read(
            ServeOption<?> option, Written written, Map<ServeOption<?>, Setting> settings, List<String> problems) {
        if (!option.repeatable() && written.texts().size() != 1) {
            problems.add(written.place() + " takes one value, and has "
                    + written.texts().size() + ": " + String.join(", ", written.texts()));
            return;
        }
        try {
            settings.put(option, new Setting(option.read(written.texts()), String.join(",", written.texts())));
        } catch (IllegalArgumentException e) {
            problems.add(written.place() + "=" + String.join(",", written.texts()) + " " + e.getMessage());
        }
    }

    private static Optional<Written> written(
            ServeOption<?> option, Map<String, List<String>> flags, Map<String, String> environment, ConfigFile file) {
        List<String> flag = flags.get(option.name());
        if (flag != null) {
            return Optional.of(new Written(option.flag(), flag));
        }
        String variable = environment.get(option.variable());
        // An empty variable is one that a script could not unset.
        if (variable != null && !variable.isEmpty()) {
            return Optional.of(new Written(option.variable(), split(option, variable)));
        }
        ConfigFile.Entry entry = file.entries().get(option.name());
        return entry == null
                ? Optional.empty()
                : Optional.of(new Written(entry.place() + ": " + option.name(), entry.texts()));
    }

    private static List<String> split(ServeOption<?> option, String text) {
        return option.repeatable() ? List.of(text.split(",")) : List.of(text);
    }

    private static ConfigFile configFile(Map<String, List<String>> flags, Map<String, String> environment) {
        Optional<Written> written = written(ServeOptions.CONFIG, flags, environment, ConfigFile.NONE);
        if (written.isEmpty() || written.get().texts().size() != 1) {
            return ConfigFile.NONE;
        }
        Path path;
        try {
            path = ServeOptions.CONFIG.read(written.get().texts());
        } catch (IllegalArgumentException e) {
            // Reported with the other values.
            return ConfigFile.NONE;
        }
        return ConfigFile.read(path);
    }

    private static List<String> unknownKeys(ConfigFile file) {
        List<String> names = new ArrayList<>();
        for (ServeOption<?> option : ServeOptions.ALL) {
            if (option != ServeOptions.CONFIG) {
                names.add(option.name());
            }
        }
        List<String> problems = new ArrayList<>();
        file.entries().forEach((key, entry) -> {
            if (!names.contains(key)) {
                problems.add(entry.place() + ": unknown key " + key + Nearest.phrase(key, names));
            }
        });
        return problems;
    }

    /**
     * Variables that look like a slip of the pen. No more than a warning: Kubernetes sets {@code SLUICE_…} variables of
     * its own in the pods beside a Service whose name begins with {@code sluice}.
     */
    private static List<String> unknownVariables(Map<String, String> environment) {
        // Read by the other commands and by the launcher.
        List<String> known = new ArrayList<>(List.of("SLUICE_ADMIN_URL", "SLUICE_JAVA_OPTS"));
        for (ServeOption<?> option : ServeOptions.ALL) {
            known.add(option.variable());
        }
        List<String> warnings = new ArrayList<>();
        for (String variable : new TreeMap<>(environment).keySet()) {
            if (variable.startsWith("SLUICE_") && !known.contains(variable)) {
                Nearest.to(
                                variable.substring(7),
                                known.stream().map(name -> name.substring(7)).toList())
                        .ifPresent(name -> warnings.add("environment variable " + variable
                                + " is not known, did you mean SLUICE_" + name + "?"));
            }
        }
        return warnings;
    }

    /** The value of an option that has a default. */
    public <T> T get(ServeOption<T> option) {
        return find(option).orElseThrow(() -> new IllegalStateException(option + " has no default"));
    }

    /** The value of an option, if it was given or has a default. */
    @SuppressWarnings("unchecked") // The option's own reader made the value.
    public <T> Optional<T> find(ServeOption<T> option) {
        Setting setting = settings.get(requireNonNull(option, "option"));
        return setting == null ? Optional.empty() : Optional.of((T) setting.value());
    }

    /** Every option that has a value, as text by name, for the log and for channels, which read their own. */
    public Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        settings.forEach((option, setting) -> texts.put(option.name(), setting.text()));
        return texts;
    }

    /** What is wrong, one line each. */
    public List<String> problems() {
        return problems;
    }

    /** What looks wrong, and did not keep the settings from being read. */
    public List<String> warnings() {
        return warnings;
    }
}
