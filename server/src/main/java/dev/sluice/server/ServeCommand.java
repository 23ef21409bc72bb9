/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.api.source.SourceKind;
import dev.sluice.control.folder.FolderStore;
import dev.sluice.control.resource.SourceKinds;
import dev.sluice.control.text.Nearest;
import dev.sluice.dispatcher.send.CidrBlock;
import dev.sluice.server.admin.AdminToken;
import dev.sluice.server.command.Command;
import dev.sluice.server.command.CommandFailure;
import dev.sluice.server.command.Console;
import dev.sluice.server.config.Role;
import dev.sluice.server.config.ServeOption;
import dev.sluice.server.config.ServeOptions;
import dev.sluice.server.config.Settings;
import dev.sluice.server.logging.Logging;
import io.vertx.core.net.HostAndPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code sluice serve}: reads and checks the options, then hands over to {@link Sluice}. */
final class ServeCommand implements Command {

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Override
    public String name() {
        return "serve";
    }

    @Override
    public String summary() {
        return "Takes events in and delivers them to the subscribers of matching Triggers.";
    }

    @Override
    public void describe(CommandSpec spec) {
        for (ServeOption<?> option : ServeOptions.ALL) {
            spec.addOption(OptionSpec.builder(option.flags().toArray(new String[0]))
                    // How often an option may stand is its own affair, like all that is said about its value.
                    .type(String[].class)
                    .arity(option.isFlag() ? "0..1" : "1")
                    .fallbackValue(option.isFlag() ? "true" : "")
                    .paramLabel(option.placeholder())
                    .description(plain(option.meaning()), "Default: " + plain(option.defaultNote()))
                    .build());
        }
        spec.usageMessage()
                .footer(
                        "",
                        "Every option is an environment variable too (--ingress-port is SLUICE_INGRESS_PORT)",
                        "and a key in the YAML of --config (ingress-port: 8080). Flag over variable over file.");
    }

    private static String plain(String text) {
        // picocli gives % and @ a meaning; the table marks code as Markdown does.
        return text.replace("`", "").replace("%", "%%");
    }

    @Override
    public List<String> furtherProblems(ParseResult arguments, Console console) {
        List<String> problems = new ArrayList<>();
        plan(settings(arguments, console), problems);
        return problems;
    }

    @Override
    public int run(ParseResult arguments, Console console) throws CommandFailure {
        List<String> problems = new ArrayList<>();
        Settings settings = settings(arguments, console);
        Plan plan = plan(settings, problems);
        if (!problems.isEmpty()) {
            throw CommandFailure.usage(problems);
        }
        Logging.configure(settings.get(ServeOptions.LOG_LEVEL), settings.get(ServeOptions.LOG_FORMAT), console.err());
        settings.warnings().forEach(LOG::warn);
        LoggingEventBuilder line = LOG.atInfo();
        for (Map.Entry<String, String> setting : settings.texts().entrySet()) {
            line = line.addKeyValue(setting.getKey(), setting.getValue());
        }
        line.log("configuration");
        return new Sluice(settings, plan, console).run();
    }

    private static Settings settings(ParseResult arguments, Console console) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (ServeOption<?> option : ServeOptions.ALL) {
            if (arguments.hasMatchedOption(option.flag())) {
                flags.put(option.name(), List.of(arguments.<String[]>matchedOptionValue(option.flag(), new String[0])));
            }
        }
        return Settings.resolve(flags, console.environment());
    }

    /**
     * What the options name, found and opened for use.
     *
     * @param providers of the channels that there are for this role, by type
     * @param sourceKinds that are served from a cluster
     */
    record Plan(
            Map<String, ChannelProvider> providers,
            List<CidrBlock> refusedDestinations,
            Optional<AdminToken> adminToken,
            List<SourceKind> sourceKinds) {}

    /** Looks at what the options name, so that everything that can be known to be wrong is said before a port is opened. */
    private static Plan plan(Settings settings, List<String> problems) {
        problems.addAll(settings.problems());
        Map<String, ChannelProvider> providers = new TreeMap<>();
        ServiceLoader.load(ChannelProvider.class).forEach(provider -> providers.put(provider.type(), provider));

        List<Path> files = settings.find(ServeOptions.FILE).orElse(List.of());
        boolean kubernetes = settings.get(ServeOptions.KUBERNETES);
        if (files.isEmpty() && !kubernetes) {
            problems.add(
                    "no resources; name a file or folder of Brokers and Triggers, such as -f examples/quickstart, or a"
                            + " cluster with --kubernetes");
        }
        if (!files.isEmpty() && kubernetes) {
            problems.add("--kubernetes and --file name two places for resources; leave one of the two out");
        }
        FolderStore.checkRoots(files).forEach(problem -> problems.add("--file " + problem));
        checkRole(settings.get(ServeOptions.ROLE), kubernetes, settings.get(ServeOptions.CHANNEL), providers, problems);
        for (ServeOption<List<String>> probes : List.of(ServeOptions.INGRESS_PROBES, ServeOptions.STATE_PROBES)) {
            for (String probe : settings.find(probes).orElse(List.of())) {
                if (HostAndPort.parseAuthority(probe, 0) == null) {
                    problems.add(probes.flag() + "=" + probe + " is not an address; write HOST:PORT");
                }
            }
        }
        if (settings.get(ServeOptions.ROLE) == Role.CONTROL
                && settings.find(ServeOptions.INGRESS_PROBES).isEmpty()
                && settings.find(ServeOptions.INGRESS_URL)
                        .map(url -> "https".equals(url.getScheme()))
                        .orElse(false)) {
            problems.add(
                    "--role=control asks the ingresses in plain HTTP, and --ingress-url is https; name their addresses"
                            + " with --ingress-probes=HOST:PORT");
        }
        List<CidrBlock> refused = refusedDestinations(settings, problems);
        Optional<AdminToken> token = adminToken(settings, problems);
        return new Plan(providers, refused, token, sourceKinds(settings, problems));
    }

    /** Leaves the channels that a process of this role can use. */
    private static void checkRole(
            Role role,
            boolean kubernetes,
            String channel,
            Map<String, ChannelProvider> providers,
            List<String> problems) {
        ChannelProvider provider = providers.get(channel);
        if (provider == null) {
            problems.add("--channel=" + channel + " is none of " + String.join(", ", providers.keySet()));
        }
        if (role == Role.CONTROL && !kubernetes) {
            problems.add(
                    "--role=" + role + " writes statuses into a cluster, and there is none; add --kubernetes, or use "
                            + Role.BROKER + ", " + Role.DISPATCHER + ", " + Role.SOURCES + " or " + Role.ALL);
        } else if (role != Role.ALL && role != Role.SOURCES) {
            if (provider != null && !provider.isShared() && role != Role.CONTROL) {
                problems.add("--role=" + role + " needs a channel that several processes share, and --channel="
                        + channel + " is in the memory of one; use --channel=kafka, or --role=all");
            }
            providers.values().removeIf(each -> !each.isShared());
        }
    }

    private static List<SourceKind> sourceKinds(Settings settings, List<String> problems) {
        Optional<List<String>> names = settings.find(ServeOptions.SOURCE_KINDS);
        if (names.isEmpty()) {
            return SourceKinds.all();
        }
        List<SourceKind> kinds = new ArrayList<>();
        if (names.get().equals(List.of("none"))) {
            return kinds;
        }
        for (String name : names.get()) {
            SourceKinds.find(name)
                    .ifPresentOrElse(
                            kinds::add,
                            () -> problems.add("--source-kinds=" + name + " is none of "
                                    + String.join(", ", SourceKinds.names())
                                    + Nearest.phrase(name, SourceKinds.names()) + "; write none for none of them"));
        }
        return kinds;
    }

    private static List<CidrBlock> refusedDestinations(Settings settings, List<String> problems) {
        List<CidrBlock> blocks = new ArrayList<>();
        List<String> texts = settings.get(ServeOptions.REFUSE_DESTINATIONS);
        if (texts.equals(List.of("none"))) {
            return blocks;
        }
        for (String text : texts) {
            try {
                blocks.add(CidrBlock.parse(text));
            } catch (IllegalArgumentException e) {
                problems.add("--refuse-destinations=" + text
                        + " is not a block of addresses; write one such as 10.0.0.0/8 or fd00::/8, or none");
            }
        }
        return blocks;
    }

    private static Optional<AdminToken> adminToken(Settings settings, List<String> problems) {
        Optional<Path> file = settings.find(ServeOptions.ADMIN_TOKEN_FILE);
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<AdminToken> token = AdminToken.of(Files.readString(file.get()));
            if (token.isEmpty()) {
                problems.add("--admin-token-file=" + file.get()
                        + " holds no token; write one line of printable ASCII without blanks");
            }
            return token;
        } catch (IOException e) {
            problems.add("--admin-token-file=" + file.get() + " can't be read");
            return Optional.empty();
        }
    }
}
