/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.command;

import dev.sluice.api.routing.ResourceName;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice get brokers|triggers|sources}: the resources of a running process, as kubectl would show them. */
public final class GetCommand implements Command {

    private enum Kind {
        BROKERS("brokers"),
        TRIGGERS("triggers"),
        /** Of all kinds. */
        SOURCES("sources");

        private final String plural;

        Kind(String plural) {
            this.plural = plural;
        }

        /** The printer columns of Knative's resource definitions. */
        List<String> columns() {
            return switch (this) {
                case BROKERS -> List.of("NAME", "URL", "AGE", "READY", "REASON");
                case SOURCES -> List.of("NAME", "KIND", "SINK", "AGE", "READY", "REASON");
                case TRIGGERS -> List.of("NAME", "BROKER", "SUBSCRIBER_URI", "AGE", "READY", "REASON");
            };
        }

        List<String> wideColumns() {
            return switch (this) {
                case BROKERS -> List.of("CLASS", "MESSAGE");
                case SOURCES -> List.of("MESSAGE");
                case TRIGGERS -> List.of("DEAD_LETTER_SINK_URI", "MESSAGE");
            };
        }
    }

    private enum Output {
        TABLE,
        WIDE,
        YAML,
        JSON
    }

    @Override
    public String name() {
        return "get";
    }

    @Override
    public String summary() {
        return "Shows Brokers, Triggers or sources of a running process, and whether they are ready.";
    }

    @Override
    public void describe(CommandSpec spec) {
        spec.addPositional(Words.argument(0, "brokers|triggers|sources", "What to show."));
        spec.addPositional(
                Words.optionalArgument(1, "[NAMESPACE/]NAME", "Only this one. Default: all of the namespace."));
        spec.addOption(Words.text("-n", "--namespace", "NAMESPACE", "Default: default"));
        spec.addOption(OptionSpec.builder("-A", "--all-namespaces")
                .type(boolean.class)
                .arity("0")
                .description("Of all namespaces.")
                .build());
        spec.addOption(Words.text("-o", "--output", "wide|yaml|json", "More columns, or everything. Default: a table"));
        AdminClient.describe(spec);
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        Kind kind = kind(arguments.matchedPositionalValue(0, ""));
        Output output = output(arguments.matchedOptionValue("--output", "table"));
        boolean everywhere = arguments.matchedOptionValue("--all-namespaces", false);
        String namespace = arguments.matchedOptionValue("--namespace", "default");
        Optional<ResourceName> name = name(arguments, namespace, everywhere);
        AdminClient admin = AdminClient.of(arguments, console);

        String path = name.map(one ->
                        kind.plural + "/" + AdminClient.encode(one.namespace()) + "/" + AdminClient.encode(one.name()))
                .orElse(kind.plural + (everywhere ? "" : "?namespace=" + AdminClient.encode(namespace)));
        Object tree = admin.send(admin.request(path)).ok();
        return show(kind, output, everywhere, namespace, name, tree, console);
    }

    private static int show(
            Kind kind,
            Output output,
            boolean everywhere,
            String namespace,
            Optional<ResourceName> name,
            @Nullable Object tree,
            Console console)
            throws CommandFailure {
        switch (output) {
            case JSON -> console.out().println(PrettyJson.of(tree));
            case YAML -> console.out().print(yaml(tree));
            case TABLE, WIDE -> {
                List<?> items = name.isPresent() ? list(tree) : items(tree);
                if (items.isEmpty()) {
                    console.err()
                            .println("No " + kind.plural + " found"
                                    + (everywhere ? "." : " in namespace " + namespace + "."));
                } else {
                    console.out().print(table(kind, output == Output.WIDE, everywhere, items));
                }
            }
        }
        return ExitStatus.OK;
    }

    private static String table(Kind kind, boolean wide, boolean everywhere, List<?> items) {
        var columns = new ArrayList<String>();
        if (everywhere) {
            columns.add("NAMESPACE");
        }
        columns.addAll(kind.columns());
        if (wide) {
            columns.addAll(kind.wideColumns());
        }
        var table = new Table(columns);
        for (Object item : items) {
            List<String> cells = new ArrayList<>();
            columns.forEach(column -> cells.add(cell(column, item)));
            table.add(cells);
        }
        return table.toString();
    }

    private static String cell(String column, @Nullable Object item) {
        return switch (column) {
            case "NAMESPACE" -> JsonTree.text(item, "metadata", "namespace");
            case "NAME" -> JsonTree.text(item, "metadata", "name");
            case "URL" -> JsonTree.text(item, "status", "address", "url");
            case "BROKER" -> {
                String broker = JsonTree.text(item, "spec", "broker");
                yield broker.isEmpty() ? JsonTree.text(item, "spec", "brokerRef", "name") : broker;
            }
            case "KIND" -> JsonTree.text(item, "kind");
            case "SINK" -> JsonTree.text(item, "status", "sinkUri");
            case "SUBSCRIBER_URI" -> JsonTree.text(item, "status", "subscriberUri");
            case "DEAD_LETTER_SINK_URI" -> JsonTree.text(item, "status", "deadLetterSinkUri");
            case "AGE" -> age(JsonTree.text(item, "metadata", "creationTimestamp"));
            case "READY" -> JsonTree.text(ready(item), "status");
            case "REASON" -> JsonTree.text(telling(item), "reason");
            case "MESSAGE" -> JsonTree.text(telling(item), "message");
            case "CLASS" -> JsonTree.text(item, "metadata", "annotations", "eventing.knative.dev/broker.class");
            default -> throw new IllegalArgumentException("no column " + column);
        };
    }

    /** The condition that says why it is not ready, or else why its events wait. */
    private static @Nullable Object telling(@Nullable Object item) {
        Object ready = ready(item);
        Object delivering = condition(item, "Delivering");
        return JsonTree.text(ready, "status").equals("True")
                        && JsonTree.text(delivering, "status").equals("False")
                ? delivering
                : ready;
    }

    private static @Nullable Object ready(@Nullable Object item) {
        return condition(item, "Ready");
    }

    private static @Nullable Object condition(@Nullable Object item, String type) {
        if (JsonTree.at(item, "status", "conditions") instanceof List<?> conditions) {
            for (Object condition : conditions) {
                if (JsonTree.text(condition, "type").equals(type)) {
                    return condition;
                }
            }
        }
        return null;
    }

    private static String age(String creationTimestamp) {
        if (creationTimestamp.isEmpty()) {
            return "";
        }
        try {
            return Age.of(Duration.between(Instant.parse(creationTimestamp), Instant.now()));
        } catch (DateTimeParseException e) {
            return creationTimestamp;
        }
    }

    private static List<?> items(@Nullable Object tree) throws CommandFailure {
        if (JsonTree.at(tree, "items") instanceof List<?> items) {
            return items;
        }
        throw CommandFailure.failed("the answer has no items; is --admin-url the admin address of Sluice?");
    }

    private static List<?> list(@Nullable Object item) {
        return item == null ? List.of() : List.of(item);
    }

    private static String yaml(@Nullable Object tree) {
        var options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setIndicatorIndent(0);
        options.setSplitLines(false);
        return new Yaml(options).dump(tree);
    }

    private static Kind kind(String text) throws CommandFailure {
        return switch (text) {
            case "broker", "brokers" -> Kind.BROKERS;
            case "trigger", "triggers" -> Kind.TRIGGERS;
            case "source", "sources" -> Kind.SOURCES;
            default -> throw CommandFailure.usage("\"" + text + "\" is none of brokers, triggers, sources");
        };
    }

    private static Output output(String text) throws CommandFailure {
        return switch (text) {
            case "table" -> Output.TABLE;
            case "wide" -> Output.WIDE;
            case "yaml" -> Output.YAML;
            case "json" -> Output.JSON;
            default -> throw CommandFailure.usage("--output=" + text + " is none of wide, yaml, json");
        };
    }

    private static Optional<ResourceName> name(ParseResult arguments, String namespace, boolean everywhere)
            throws CommandFailure {
        String text = arguments.matchedPositionalValue(1, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (everywhere) {
            throw CommandFailure.usage("--all-namespaces shows all of them; leave out \"" + text + "\"");
        }
        try {
            ResourceName parsed = ResourceName.parse(text);
            if (text.indexOf('/') < 0) {
                return Optional.of(new ResourceName(namespace, text));
            }
            if (arguments.hasMatchedOption("--namespace") && !parsed.namespace().equals(namespace)) {
                throw CommandFailure.usage(
                        "\"" + text + "\" and --namespace=" + namespace + " name two namespaces; leave one out");
            }
            return Optional.of(parsed);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }
}
