/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static dev.sluice.server.config.ServeOptions.ADMIN_HOST;
import static dev.sluice.server.config.ServeOptions.ADMIN_PORT;
import static dev.sluice.server.config.ServeOptions.CHANNEL;
import static dev.sluice.server.config.ServeOptions.CLUSTER_DOMAIN;
import static dev.sluice.server.config.ServeOptions.DATA_DIR;
import static dev.sluice.server.config.ServeOptions.DEAD_LETTER_CAPACITY;
import static dev.sluice.server.config.ServeOptions.DEFAULT_BROKER_CLASS;
import static dev.sluice.server.config.ServeOptions.FILE;
import static dev.sluice.server.config.ServeOptions.INGRESS_HOST;
import static dev.sluice.server.config.ServeOptions.INGRESS_PORT;
import static dev.sluice.server.config.ServeOptions.KAFKA_INSTANCE_ID;
import static dev.sluice.server.config.ServeOptions.KUBERNETES;
import static dev.sluice.server.config.ServeOptions.MAX_EVENT_SIZE;
import static dev.sluice.server.config.ServeOptions.REPLY_TTL;
import static dev.sluice.server.config.ServeOptions.ROLE;
import static dev.sluice.server.config.ServeOptions.SHUTDOWN_TIMEOUT;
import static dev.sluice.server.config.ServeOptions.SOURCES_HOST;
import static java.util.Objects.requireNonNull;

import dev.sluice.api.channel.ChannelEngine;
import dev.sluice.api.channel.ChannelProvider;
import dev.sluice.api.source.SourceKind;
import dev.sluice.broker.Ingress;
import dev.sluice.control.admin.AdminApi;
import dev.sluice.control.admin.ExplainApi;
import dev.sluice.control.binding.WorkloadKind;
import dev.sluice.control.folder.FolderStore;
import dev.sluice.control.folder.Identities;
import dev.sluice.control.kubernetes.Cluster;
import dev.sluice.control.kubernetes.KubernetesSettings;
import dev.sluice.control.observation.ObservationsApi;
import dev.sluice.control.observation.ObservedElsewhere;
import dev.sluice.control.reconcile.Controller;
import dev.sluice.control.reconcile.DataPlane;
import dev.sluice.control.reconcile.Reconciler;
import dev.sluice.control.reconcile.ReconcilerSettings;
import dev.sluice.control.reconcile.SourceObserver;
import dev.sluice.control.reconcile.TriggerObserver;
import dev.sluice.control.reconcile.View;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.dispatcher.Dispatcher;
import dev.sluice.dispatcher.parking.DeadLetterStore;
import dev.sluice.dispatcher.send.DestinationGuard;
import dev.sluice.dispatcher.spool.Spool;
import dev.sluice.server.admin.AdminListener;
import dev.sluice.server.admin.AdminToken;
import dev.sluice.server.admin.DeadLettersApi;
import dev.sluice.server.admin.Health;
import dev.sluice.server.admin.Metrics;
import dev.sluice.server.admin.SeekApi;
import dev.sluice.server.admin.TopicsApi;
import dev.sluice.server.command.CommandFailure;
import dev.sluice.server.command.Console;
import dev.sluice.server.command.ExitStatus;
import dev.sluice.server.config.Role;
import dev.sluice.server.config.ServeOptions;
import dev.sluice.server.config.Settings;
import dev.sluice.server.data.DataDirectory;
import dev.sluice.server.display.DisplayHandler;
import dev.sluice.server.display.EventPrinter;
import dev.sluice.server.http.Listening;
import dev.sluice.server.http.Reactor;
import dev.sluice.server.logging.Logging;
import dev.sluice.server.plane.EngineDisposal;
import dev.sluice.server.plane.LiveDataPlane;
import dev.sluice.server.plane.LiveObserver;
import dev.sluice.server.plane.LiveSourceObserver;
import dev.sluice.server.plane.ProbedDataPlane;
import dev.sluice.server.plane.SingleSources;
import dev.sluice.server.plane.SourcesOnly;
import dev.sluice.server.plane.TriggerStarts;
import dev.sluice.sources.Sources;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** One process with the parts of its role: they are wired by hand, and the order in which they start and stop. */
final class Sluice {

    private static final Logger LOG = LoggerFactory.getLogger(Sluice.class);

    /** It takes milliseconds unless something is broken. */
    private static final Duration LISTEN_TIMEOUT = Duration.ofSeconds(10);

    /** What takes longer than this waits for somebody else. */
    private static final Duration HEAD_START = Duration.ofSeconds(1);

    /** Bytes of heap in use: a few hundred resources take less, and their start takes no longer for this. */
    private static final long WORTH_COLLECTING = 64L << 20;

    private final Settings settings;
    private final ServeCommand.Plan plan;
    private final PartSettings told;
    private final Console console;
    private final Closers closers = new Closers();
    private final Stopping stopping = new Stopping();
    private final Health health = new Health();

    Sluice(Settings settings, ServeCommand.Plan plan, Console console) {
        this.settings = requireNonNull(settings, "settings");
        this.plan = requireNonNull(plan, "plan");
        told = new PartSettings(settings, plan);
        this.console = requireNonNull(console, "console");
    }

    /** Runs until somebody asks to stop. Answers the exit status. */
    int run() throws CommandFailure {
        console.stop().handle(stopping::ask);
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            LOG.atError()
                    .setCause(error)
                    .addKeyValue("thread", thread.getName())
                    .log("a thread died; stopping");
            stopping.fail();
        });
        try {
            return serve();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted");
        } finally {
            close();
        }
    }

    /** @param spooled what an earlier process left, by the UID of the Broker */
    private record Outlet(Dispatcher dispatcher, Map<String, Spool.Left> spooled) {}

    private record Inlet(Ingress ingress, String host, int port) {

        String url() {
            return Listening.url(host, port);
        }
    }

    private int serve() throws CommandFailure, InterruptedException {
        Role role = settings.get(ROLE);
        Vertx vertx = Vertx.vertx(Reactor.options());
        closers.add("vertx", vertx::close);
        vertx.exceptionHandler(error -> LOG.atError().setCause(error).log("a handler failed"));

        Metrics metrics = new Metrics();
        closers.add("metrics", metrics::close);

        Optional<Cluster> cluster = cluster();

        // Before a folder is made: options that can't be used leave nothing behind.
        checkChannelOptions(vertx);

        // What an earlier process left. Before any port is opened: a process that may not use its folder must not be
        // taken for one that serves.
        DataDirectory data = dataDirectory();
        closers.add("data directory", () -> Closers.unchecked(data::close));

        // Where events are kept.
        Map<String, ChannelEngine> engines = engines(vertx, channelOptions(data));
        engines.forEach((type, engine) -> closers.add("channel engine " + type, engine::close));
        Future<Void> warm = role.takesIn() || role.delivers()
                ? requireNonNull(engines.get(settings.get(CHANNEL)), "engine").warm()
                : Future.succeededFuture();

        var spool = new Spool(data.spool(), System::currentTimeMillis);
        closers.add("spool", () -> Closers.unchecked(spool::close));
        Map<String, Spool.Left> spooled = role.delivers() ? open(spool) : Map.of();

        // Who looks at the process: health from the first moment on.
        var printer = new EventPrinter(console.out(), EventPrinter.Style.READABLE, Clock.systemUTC());
        var display = new DisplayHandler(vertx, printer, 2 * settings.get(MAX_EVENT_SIZE));
        String adminHost = settings.get(ADMIN_HOST);
        var admin = new AdminListener(
                vertx, adminHost, settings.get(ADMIN_PORT), health, metrics, plan.adminToken(), display);
        int adminPort = listen("admin-", adminHost, settings.get(ADMIN_PORT), admin.listen());
        closers.add("admin listener", admin::close);

        // Where events go out.
        Optional<Outlet> outlet = Optional.empty();
        if (role.delivers()) {
            var deadLetters = new DeadLetterStore(
                    settings.get(DEAD_LETTER_CAPACITY), System::currentTimeMillis, metrics.registry());
            var dispatcher = new Dispatcher(
                    vertx,
                    told.dispatcher(ownListeners(adminHost, adminPort)),
                    told.logs(),
                    metrics.registry(),
                    deadLetters,
                    Optional.of(spool));
            closers.add("dispatcher", dispatcher::close);
            outlet = Optional.of(new Outlet(dispatcher, spooled));
        }

        // Where events come in.
        Optional<Inlet> inlet = Optional.empty();
        if (role.takesIn()) {
            var ingress = new Ingress(vertx, told.ingress(), metrics.registry());
            String host = settings.get(INGRESS_HOST);
            int port = listen("ingress-", host, settings.get(INGRESS_PORT), ingress.listen());
            closers.add("ingress", () -> ingress.close(Closers.EACH));
            inlet = Optional.of(new Inlet(ingress, host, port));
        }

        // What brings them.
        Optional<Sources> sources = Optional.empty();
        if (role.runsSources()) {
            var guard = new DestinationGuard(plan.refusedDestinations(), ownListeners(adminHost, adminPort));
            var running = new Sources(vertx, told.sources(data.sources()), guard::refusal, metrics.registry());
            closers.add("sources", running::close);
            sources = Optional.of(running);
        }

        // What they are told: resources, made into routing tables.
        cluster.ifPresent(from -> closers.add("kubernetes", from::close));
        Optional<SingleSources> single = sources.flatMap(
                from -> cluster.map(of -> new SingleSources(from::apply, of::electForSources, Clock.systemUTC())));
        LiveDataPlane dataPlane = dataPlane(engines, outlet, inlet, sourceRunner(sources, single), cluster, metrics);
        SourceObserver running = sources.<SourceObserver>map(from -> new LiveSourceObserver(from::state))
                .orElse(SourceObserver.NONE);
        SourceObserver here = single.map(of -> of.observer(running)).orElse(running);
        SourceObserver sourceObserver = cluster.map(of -> of.observing(here)).orElse(here);
        TriggerObserver observer = outlet.<TriggerObserver>map(to -> new LiveObserver(to.dispatcher()::stats))
                .orElse(TriggerObserver.NONE);
        Optional<ObservedElsewhere> elsewhere = observedElsewhere(vertx, cluster);
        elsewhere.ifPresent(others -> closers.add("observation", others::close));
        Observed observed =
                elsewhere.map(others -> new Observed(others, others)).orElse(new Observed(observer, here));
        Controller controller = controller(vertx, dataPlane, engines, inlet, cluster, sources, observed);
        closers.add("controller", controller::close);
        elsewhere.ifPresent(others -> others.start(cluster.orElseThrow()::observed));
        admin.serve(AdminListener.API, new AdminApi(vertx, controller::view, observer, sourceObserver));
        admin.serve(
                ExplainApi.PATH,
                new ExplainApi(
                        vertx,
                        controller::view,
                        observer,
                        Clock.systemUTC(),
                        settings.get(MAX_EVENT_SIZE),
                        settings.get(REPLY_TTL)));
        admin.serve(
                ObservationsApi.PATH,
                new ObservationsApi(
                        vertx, controller::view, observer, running, () -> health.phase() == Health.Phase.READY));
        admin.serve(SeekApi.PATH, new SeekApi(controller::view, dataPlane::channel, Clock.systemUTC()));
        admin.serve(
                TopicsApi.PATH,
                new TopicsApi(engines.values(), () -> controller.view().inForce()));
        outlet.ifPresent(to -> admin.serve(
                DeadLettersApi.PATH, new DeadLettersApi(vertx, to.dispatcher().deadLetters())));
        // To read thousands of resources takes all the processors there are, and is done sooner than others answer.
        giveWay(warm);
        start(controller);

        var shutdown = new Shutdown(
                stopping,
                settings.get(SHUTDOWN_TIMEOUT),
                controller,
                sources,
                inlet.map(Inlet::ingress),
                outlet.map(Outlet::dispatcher),
                data.spool());
        if (stopping.cameBefore(controller.firstSync())) {
            // What an earlier process left may be on its way already.
            return stop(shutdown);
        }
        outlet.ifPresent(to -> sayWhoIsMissing(to, data));
        giveBackMemory();
        health.ready();
        LoggingEventBuilder line = Logging.lifeCycle().atInfo();
        if (inlet.isPresent()) {
            line = line.addKeyValue("ingress", inlet.get().url());
        }
        Optional<Integer> webhooks = sources.flatMap(Sources::port);
        if (webhooks.isPresent()) {
            line = line.addKeyValue("sources", Listening.url(settings.get(SOURCES_HOST), webhooks.get()));
        }
        line.addKeyValue("admin", Listening.url(adminHost, adminPort)).log("ready");

        stopping.await();
        return stop(shutdown);
    }

    /** Of what the process that writes statuses knows how it does. */
    private record Observed(TriggerObserver triggers, SourceObserver sources) {}

    /** The processes that are asked how their Triggers and sources do, in place of looking at those of this one. */
    private Optional<ObservedElsewhere> observedElsewhere(Vertx vertx, Optional<Cluster> cluster) {
        List<HostAndPort> asked = told.stateProbes();
        if (!decides(cluster) || asked.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> authorization = plan.adminToken().map(AdminToken::authorization);
        return Optional.of(new ObservedElsewhere(vertx, asked, authorization, Clock.systemUTC()));
    }

    /** The cluster that the resources come from, if they do. Nothing of it is asked yet. */
    private Optional<Cluster> cluster() throws CommandFailure {
        if (!settings.get(KUBERNETES)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Cluster.of(new KubernetesSettings(
                    settings.get(CLUSTER_DOMAIN), settings.get(DEFAULT_BROKER_CLASS), sourceKinds())));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(KUBERNETES.flag() + ": " + e.getMessage());
        }
    }

    /** Who neither runs sources nor says how they are need not know them, nor their Secrets. */
    private List<SourceKind> sourceKinds() {
        Role role = settings.get(ROLE);
        List<SourceKind> kinds = role.runsSources() || role.controls() ? plan.sourceKinds() : List.of();
        return role.controls()
                ? kinds
                : kinds.stream().filter(kind -> !(kind instanceof WorkloadKind)).toList();
    }

    /** Whether this process says in a cluster what is Ready. */
    private boolean decides(Optional<Cluster> cluster) {
        return cluster.isPresent() && settings.get(ROLE).controls();
    }

    /** In a cluster processes agree on who runs what must run once; with files nobody is there to agree with. */
    private static LiveDataPlane.SourceRunner sourceRunner(Optional<Sources> sources, Optional<SingleSources> single) {
        return single.<LiveDataPlane.SourceRunner>map(of -> of)
                .or(() -> sources.map(from -> from::apply))
                .orElse(LiveDataPlane.SourceRunner.NONE);
    }

    private LiveDataPlane dataPlane(
            Map<String, ChannelEngine> engines,
            Optional<Outlet> outlet,
            Optional<Inlet> inlet,
            LiveDataPlane.SourceRunner runner,
            Optional<Cluster> cluster,
            Metrics metrics) {
        boolean decides = decides(cluster);
        LiveDataPlane.Deliveries deliveries = outlet.<LiveDataPlane.Deliveries>map(to -> to.dispatcher()::apply)
                .orElse(decides ? new TriggerStarts() : (table, channels) -> Future.succeededFuture(Map.of()));
        LiveDataPlane.Intake intake =
                inlet.<LiveDataPlane.Intake>map(from -> from.ingress()::apply).orElse((table, channels) -> {});
        return new LiveDataPlane(engines, deliveries, intake, runner, metrics.registry());
    }

    private Controller controller(
            Vertx vertx,
            LiveDataPlane live,
            Map<String, ChannelEngine> engines,
            Optional<Inlet> inlet,
            Optional<Cluster> cluster,
            Optional<Sources> sources,
            Observed observed) {
        boolean decides = decides(cluster);
        ReconcilerSettings reconciling = told.reconciler(inlet.map(Inlet::port), decides);
        var reconciler = new Reconciler(reconciling);
        DataPlane dataPlane = live;
        if (decides) {
            dataPlane = new ProbedDataPlane(live, vertx, told.probes(reconciling.ingressUrl()));
        } else if (settings.get(ROLE) == Role.SOURCES) {
            // Where events are neither taken in nor delivered, nobody needs a channel.
            dataPlane = new SourcesOnly(live::applySources);
        }
        ResourceStore store = cluster.map(Cluster::store)
                .orElseGet(() ->
                        new FolderStore(settings.get(FILE), settings.get(DATA_DIR), identities(), Clock.systemUTC()));
        Consumer<View> published = decides
                ? cluster.get()
                        .writeStatuses(
                                Optional.of(new EngineDisposal(engines, lastingChannels(), reconciler, live)),
                                observed.triggers(),
                                observed.sources())
                : view -> {};
        if (cluster.isPresent() && sources.isPresent()) {
            published = published.andThen(cluster.get().finalizeSources(sources.get()::takeDown));
        }
        return new Controller(store, reconciler, dataPlane, Clock.systemUTC(), published);
    }

    /** The types of channels that keep something when no process runs. */
    private Set<String> lastingChannels() {
        Set<String> types = new HashSet<>();
        plan.providers().forEach((type, provider) -> {
            if (provider.isShared()) {
                types.add(type);
            }
        });
        return types;
    }

    /** Of processes that share their Brokers' events, each has to know a Trigger by the same UID. */
    private Identities identities() {
        ChannelProvider channel = plan.providers().get(settings.get(CHANNEL));
        return channel != null && channel.isShared() ? Identities.NAMED : Identities.MINTED;
    }

    /**
     * Reading thousands of resources takes several times the memory that they need in the end, and an idle process would
     * keep it for minutes. This is the one moment at which nobody waits for an answer.
     */
    private static void giveBackMemory() {
        Runtime runtime = Runtime.getRuntime();
        if (runtime.totalMemory() - runtime.freeMemory() > WORTH_COLLECTING) {
            System.gc();
        }
    }

    private int stop(Shutdown shutdown) throws InterruptedException {
        health.stopping();
        return shutdown.run() ? stopping.status() : ExitStatus.FAILED;
    }

    private DataDirectory dataDirectory() throws CommandFailure {
        try {
            return DataDirectory.open(settings.get(DATA_DIR));
        } catch (IOException e) {
            throw CommandFailure.failed(DATA_DIR.flag() + ": " + e.getMessage());
        }
    }

    private static Map<String, Spool.Left> open(Spool spool) throws CommandFailure {
        try {
            return spool.open();
        } catch (IOException e) {
            throw CommandFailure.failed(DATA_DIR.flag() + ": what an earlier process left can't be read: " + e);
        }
    }

    private static void sayWhoIsMissing(Outlet outlet, DataDirectory data) {
        outlet.spooled().forEach((uid, left) -> {
            if (!outlet.dispatcher().hasBroker(uid)) {
                LOG.atWarn()
                        .addKeyValue("broker", left.broker())
                        .addKeyValue("events", left.events())
                        .addKeyValue("folder", data.spool())
                        .log("an earlier process left events of a Broker that is not here; they stay on disk");
            }
        });
    }

    /** An engine that is made holds nothing, so making one is how its options are asked what is wrong with them. */
    private void checkChannelOptions(Vertx vertx) throws CommandFailure {
        engines(vertx, settings.texts());
    }

    private Map<String, ChannelEngine> engines(Vertx vertx, Map<String, String> options) throws CommandFailure {
        Map<String, ChannelEngine> engines = new TreeMap<>();
        for (var provider : plan.providers().values()) {
            try {
                engines.put(provider.type(), provider.engine(vertx, options));
            } catch (IllegalArgumentException e) {
                throw CommandFailure.usage("--" + e.getMessage());
            }
        }
        return engines;
    }

    /** The directory is this process's alone, whatever the host is called: so is the name that is kept in it. */
    private Map<String, String> channelOptions(DataDirectory data) throws CommandFailure {
        Map<String, String> options = new HashMap<>(settings.texts());
        if (!settings.get(KUBERNETES) && identities() == Identities.MINTED) {
            // A Broker that is on Kafka by its ConfigMap can be this process's, and no other's beside it.
            options.put("local-identities", "true");
        }
        if (settings.get(ROLE).delivers()) {
            options.put("kafka-read-brokers", data.kafkaBrokers().toString());
        }
        if (settings.get(ROLE).delivers() && settings.find(KAFKA_INSTANCE_ID).isEmpty()) {
            try {
                options.put(KAFKA_INSTANCE_ID.name(), data.instanceId());
            } catch (IOException e) {
                throw CommandFailure.failed(DATA_DIR.flag() + ": the name of this process can't be kept: " + e);
            }
        }
        return options;
    }

    private static List<SocketAddress> ownListeners(String adminHost, int adminPort) {
        return List.of(SocketAddress.inetSocketAddress(adminPort, literal(adminHost)));
    }

    /** The listener has just been opened on this host, so it has an address. */
    private static String literal(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isAnyLocalAddress() ? "0.0.0.0" : address.getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("--admin-host " + host + " has lost its address", e);
        }
    }

    private static void giveWay(Future<Void> warm) throws InterruptedException {
        try {
            Reactor.await(warm, HEAD_START);
        } catch (ExecutionException | TimeoutException e) {
            LOG.atDebug()
                    .addKeyValue("error", e.toString())
                    .log("nothing more is waited for before resources are read");
        }
    }

    private static void start(Controller controller) throws CommandFailure {
        try {
            controller.start();
        } catch (UncheckedIOException e) {
            throw CommandFailure.failed(ServeOptions.DATA_DIR.flag() + ": " + e.getMessage());
        }
    }

    private static int listen(String what, String host, int port, Future<Integer> listening)
            throws CommandFailure, InterruptedException {
        try {
            return Reactor.await(listening, LISTEN_TIMEOUT);
        } catch (ExecutionException e) {
            throw CommandFailure.failed(Listening.problem(what, host, port, e.getCause()));
        } catch (TimeoutException e) {
            throw CommandFailure.failed("could not listen on " + host + ":" + port + " within " + LISTEN_TIMEOUT);
        }
    }

    /** Closes all parts; who asks a second time does not wait for it. */
    private void close() {
        CompletableFuture<Void> closed = CompletableFuture.runAsync(closers::close, task -> {
            var thread = new Thread(task, "sluice-close");
            thread.setDaemon(true);
            thread.start();
        });
        CompletableFuture.anyOf(closed, stopping.again()).join();
    }
}
