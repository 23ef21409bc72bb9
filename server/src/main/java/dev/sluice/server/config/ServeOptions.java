/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The table of options. Everything that is said about an option anywhere is said here first. */
public final class ServeOptions {

    private static final long KIB = 1024;
    private static final long MIB = KIB * KIB;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    // What runs.

    public static final ServeOption<List<Path>> FILE = new ServeOption<>(
            "file",
            'f',
            Syntax.paths("FILE_OR_FOLDER"),
            null,
            "none; at least one is needed, or `--kubernetes`",
            "Where the resources are: a YAML file, or a folder of them with its sub-folders. Watched while it runs.");
    public static final ServeOption<Boolean> KUBERNETES = option(
            "kubernetes",
            Syntax.flag(),
            "false",
            "Whether the resources are those of a Kubernetes cluster, in place of files: the one that `KUBECONFIG` names, or"
                    + " `~/.kube/config`, or that of the pod.");
    public static final ServeOption<String> CLUSTER_DOMAIN = option(
            "cluster-domain",
            Syntax.text("DOMAIN", "a domain name"),
            "cluster.local",
            "The domain of the cluster's Services, to which a `ref` to a Service leads.");
    public static final ServeOption<String> DEFAULT_BROKER_CLASS = option(
            "default-broker-class",
            Syntax.text("CLASS", "the name of a broker class"),
            "Sluice",
            "The class of a Broker in the cluster that names none. Another one than `Sluice` leaves those Brokers alone.");
    public static final ServeOption<List<String>> SOURCE_KINDS = new ServeOption<>(
            "source-kinds",
            null,
            Syntax.texts("KIND,...", "kinds of sources, separated by commas, or `none`"),
            null,
            "all that are installed",
            "The kinds of sources that are served from a cluster, or `none`. Leave out those that Knative Eventing serves"
                    + " there: the events of a source that both serve come twice.");
    public static final ServeOption<Role> ROLE = option(
            "role",
            Syntax.oneOf(Role.class),
            "all",
            "Which parts run in this process: `broker` takes events in, `dispatcher` delivers them, `sources` runs sources,"
                    + " `control` writes statuses into a cluster, `all` does all of it. `broker` and `dispatcher` need a"
                    + " channel that several processes share.");
    public static final ServeOption<String> CHANNEL = option(
            "channel",
            Syntax.text("TYPE", "the type of an installed channel"),
            "inmemory",
            "Where events of a Broker are kept that asks for no channel of its own.");
    public static final ServeOption<Path> CONFIG = new ServeOption<>(
            "config",
            null,
            Syntax.path("FILE"),
            null,
            "none",
            "A YAML file of options, one `name: value` a line. Has no key itself.");
    public static final ServeOption<Path> DATA_DIR = option(
            "data-dir",
            Syntax.path("FOLDER"),
            "./.sluice",
            "Where the process keeps what has to outlive it: the identities of resources, and what a stop could not deliver."
                    + " One process at a time.");

    // Events in.

    public static final ServeOption<String> INGRESS_HOST = option(
            "ingress-host",
            Syntax.text("HOST", "a local address or host name"),
            "0.0.0.0",
            "The address on which events are taken in.");
    public static final ServeOption<Integer> INGRESS_PORT =
            option("ingress-port", port(), "8080", "The port on which events are taken in. 0 picks a free one.");
    public static final ServeOption<URI> INGRESS_URL = new ServeOption<>(
            "ingress-url",
            null,
            Syntax.httpUrl(),
            null,
            "`http://localhost:` and the ingress port",
            "How others reach the ingress; a Broker's `status.address.url` is this and `/NAMESPACE/NAME`.");
    public static final ServeOption<List<String>> INGRESS_PROBES = new ServeOption<>(
            "ingress-probes",
            null,
            Syntax.texts("HOST:PORT,...", "addresses of ingresses, separated by commas"),
            null,
            "none; with `--role control` that of `--ingress-url`",
            "Where the processes of `--role broker` are asked whether they serve a Broker, before it is Ready. Every address"
                    + " of a name is asked, so a headless Service stands for all of them.");
    public static final ServeOption<List<String>> STATE_PROBES = new ServeOption<>(
            "state-probes",
            null,
            Syntax.texts("HOST:PORT,...", "admin addresses of processes, separated by commas"),
            null,
            "none",
            "Where the process that writes statuses into a cluster asks the processes of `--role dispatcher` and `--role"
                    + " sources` how their Triggers and sources do. Every address of a name is asked, with the token of"
                    + " `--admin-token-file`, without which only processes of the same machine answer.");
    public static final ServeOption<Integer> MAX_EVENT_SIZE = option(
            "max-event-size",
            Syntax.bytes(KIB, 64 * MIB),
            "1MiB",
            "The largest request body that is taken in; a larger one is refused with 413.");
    public static final ServeOption<Duration> REQUEST_TIMEOUT = option(
            "request-timeout",
            Syntax.duration(Duration.ofMillis(100), HOUR),
            "30s",
            "How long a producer may take to send a request; then it is cut off.");
    public static final ServeOption<Duration> IDLE_TIMEOUT = option(
            "idle-timeout",
            Syntax.duration(SECOND, HOUR),
            "60s",
            "How long a connection may stand without a request; then it is closed.");
    public static final ServeOption<Integer> MAX_HEADER_SIZE = option(
            "max-header-size",
            Syntax.bytes(KIB, 16 * MIB),
            "64KiB",
            "The most that the headers of a request may take together; beyond it the answer is 431.");

    public static final ServeOption<Integer> MAX_CONNECTIONS = option(
            "max-connections",
            Syntax.integer("COUNT", 1, 1_000_000),
            "10000",
            "Producers that may be connected at a time; one too many is told so with 503.");

    // Events kept.

    public static final ServeOption<String> INMEMORY_CAPACITY = option(
            "inmemory-capacity",
            Syntax.text("SIZE|PERCENT", "a size, or a percentage of the heap"),
            "25%",
            "What all events in memory may take together; beyond a Broker's share of it the ingress refuses with 429.");

    public static final ServeOption<Long> DEAD_LETTER_CAPACITY = option(
            "dead-letter-capacity",
            Syntax.sizeOrPartOfHeap(64 * KIB, 25),
            "10%",
            "What all parked events may take together in memory; beyond a Broker's share of it a Trigger that would park"
                    + " pauses.");

    // Events kept in Kafka. Read by the channel itself, which says what is wrong beyond the syntax.

    public static final ServeOption<List<String>> KAFKA_BOOTSTRAP_SERVERS = new ServeOption<>(
            "kafka-bootstrap-servers",
            null,
            Syntax.texts("HOST:PORT,...", "addresses of Kafka brokers, separated by commas"),
            null,
            "none",
            "The Kafka of Brokers whose ConfigMap names none. Goes with `--channel kafka`.");
    public static final ServeOption<Path> KAFKA_CLIENT_CONFIG = new ServeOption<>(
            "kafka-client-config",
            null,
            Syntax.path("FILE"),
            null,
            "none",
            "A properties file with `security.…`, `ssl.…` and `sasl.…` for that Kafka, as Kafka's tools take with"
                    + " `--command-config`.");
    public static final ServeOption<Integer> KAFKA_TOPIC_PARTITIONS = option(
            "kafka-topic-partitions",
            Syntax.integer("COUNT", 1, 10_000),
            "10",
            "Partitions of the topics that are created, unless a Broker's ConfigMap says how many.");
    public static final ServeOption<Integer> KAFKA_TOPIC_REPLICATION_FACTOR = new ServeOption<>(
            "kafka-topic-replication-factor",
            null,
            Syntax.integer("COUNT", 1, Short.MAX_VALUE),
            null,
            "what the Kafka has set",
            "Replicas of the topics that are created, unless a Broker's ConfigMap says how many.");
    public static final ServeOption<Long> KAFKA_BUFFER_MEMORY = option(
            "kafka-buffer-memory",
            Syntax.size(4 * MIB, 1024 * MIB),
            "32MiB",
            "What events on their way to one Kafka may take together; beyond it the ingress refuses with 429, or 503 while"
                    + " Kafka is silent.");
    public static final ServeOption<Duration> KAFKA_APPEND_TIMEOUT = new ServeOption<>(
            "kafka-append-timeout",
            null,
            Syntax.duration(SECOND, HOUR),
            null,
            "`10s`, or half of `--request-timeout` if that is less",
            "When an append that Kafka has not acknowledged has failed, and the answer is 503; below `--request-timeout`.");
    public static final ServeOption<String> KAFKA_INSTANCE_ID = new ServeOption<>(
            "kafka-instance-id",
            null,
            Syntax.text("ID", "letters, digits, dots, underscores and dashes"),
            null,
            "one that is kept in `--data-dir`",
            "A name for this process in Kafka's groups, unlike that of any other, such as a pod's in a StatefulSet: one that"
                    + " starts again soon gets its partitions at once.");
    public static final ServeOption<GroupProtocol> KAFKA_GROUP_PROTOCOL = option(
            "kafka-group-protocol",
            Syntax.oneOf(GroupProtocol.class),
            "classic",
            "How dispatchers share the partitions of a Broker: `classic`, or `consumer` (KIP-848, from Kafka 4.0 on), with which"
                    + " the partitions of a process that was killed wait for the session that the Kafka's nodes have set, 45 s"
                    + " by default.");

    // Events out.

    public static final ServeOption<Integer> MAX_IN_FLIGHT = option(
            "max-in-flight",
            Syntax.integer("COUNT", 1, 100_000),
            "100",
            "Requests that may be under way to the subscriber of one Trigger at a time, from all dispatchers together,"
                    + " unless its annotation `sluice.dev/max-in-flight` says how many.");
    public static final ServeOption<Long> DISPATCH_MEMORY = option(
            "dispatch-memory",
            Syntax.sizeOrPartOfHeap(MIB, 50),
            "10%",
            "What all events read from Kafka and not yet delivered may take together in memory. The others wait in Kafka.");
    public static final ServeOption<Integer> DISPATCH_WINDOW = option(
            "dispatch-window",
            Syntax.integer("COUNT", 1, 1_000_000),
            "1000",
            "How many of them may be of one Trigger.");
    public static final ServeOption<Duration> HANDOVER_TIMEOUT = option(
            "handover-timeout",
            Syntax.duration(Duration.ZERO, Duration.ofMinutes(1)),
            "5s",
            "How long requests may go on when a partition goes to another process, or this one stops. What is not through by"
                    + " then the other one delivers.");
    public static final ServeOption<Integer> CATCH_UP_READERS = option(
            "catch-up-readers",
            Syntax.integer("COUNT", 1, 100),
            "4",
            "Reads that may run at once for Triggers that are behind, beside the one that all others share.");
    public static final ServeOption<Duration> DELIVERY_TIMEOUT = option(
            "delivery-timeout",
            Syntax.duration(Duration.ofMillis(1), HOUR),
            "60s",
            "How long one attempt to deliver may take where the delivery spec sets no `timeout`.");
    public static final ServeOption<Duration> CONNECT_TIMEOUT = option(
            "connect-timeout",
            Syntax.duration(Duration.ofMillis(10), Duration.ofMinutes(5)),
            "5s",
            "How long it may take to connect to a subscriber.");
    public static final ServeOption<Integer> REPLY_TTL = option(
            "reply-ttl",
            Syntax.integer("COUNT", 1, 1_000_000),
            "255",
            "How many times an event may pass through a Broker as a reply of a reply, so that loops end.");
    public static final ServeOption<Integer> MAX_REPLY_SIZE = option(
            "max-reply-size",
            Syntax.bytes(KIB, 64 * MIB),
            "1MiB",
            "The largest reply that is taken from a subscriber; a larger one makes the delivery fail.");
    public static final ServeOption<Long> REPLY_MEMORY = option(
            "reply-memory",
            Syntax.sizeOrPartOfHeap(MIB, 50),
            "5%",
            "What the replies of all Triggers may take together in memory while they are received. The others are read when"
                    + " there is room.");
    public static final ServeOption<List<String>> REFUSE_DESTINATIONS = new ServeOption<>(
            "refuse-destinations",
            null,
            Syntax.texts("CIDR", "address blocks, or `none`"),
            "169.254.0.0/16,fe80::/10,fd00:ec2::254/128,100.100.100.200/32",
            "`169.254.0.0/16`, `fe80::/10`, `fd00:ec2::254/128`, `100.100.100.200/32`",
            "Addresses to which nothing is delivered, whatever a Trigger says: by default link-local ones and the metadata"
                    + " services of clouds.");

    // Looking at it, and stopping.

    public static final ServeOption<String> ADMIN_HOST = option(
            "admin-host",
            Syntax.text("HOST", "a local address or host name"),
            "127.0.0.1",
            "The address of the admin listener. Callers from other machines get health and metrics only, unless a token"
                    + " guards the rest.");
    public static final ServeOption<Integer> ADMIN_PORT =
            option("admin-port", port(), "9090", "The port of health, metrics and the admin API. 0 picks a free one.");
    public static final ServeOption<Path> ADMIN_TOKEN_FILE = new ServeOption<>(
            "admin-token-file",
            null,
            Syntax.path("FILE"),
            null,
            "none",
            "A file with a token. Everything on the admin port but health and metrics then asks for it as"
                    + " `Authorization: Bearer`.");
    public static final ServeOption<Integer> SOURCES_PORT = option(
            "sources-port",
            port(),
            "8082",
            "The port on which webhooks of sources come in, opened with the first source that has one. 0 picks a free one.");
    public static final ServeOption<String> SOURCES_HOST = option(
            "sources-host",
            Syntax.text("HOST", "a local address or host name"),
            "0.0.0.0",
            "The address on which webhooks of sources come in.");
    public static final ServeOption<URI> WEBHOOK_URL = new ServeOption<>(
            "webhook-url",
            null,
            Syntax.httpUrl(),
            null,
            "none",
            "How the outside reaches that port, through whatever stands before it: sources that set up their own webhooks do"
                    + " so with this and `/NAMESPACE/NAME`.");
    public static final ServeOption<Duration> WEBHOOK_TIMEOUT = option(
            "webhook-timeout",
            Syntax.duration(Duration.ofMillis(500), HOUR),
            "9s",
            "When a request to a webhook is answered at the latest, with 503 if the sink has not taken its event by then."
                    + " GitHub waits for 10 seconds.");
    public static final ServeOption<Duration> SHUTDOWN_TIMEOUT = option(
            "shutdown-timeout",
            Syntax.duration(Duration.ZERO, HOUR),
            "30s",
            "How long a stop may wait for events that are still to be delivered.");
    public static final ServeOption<LogLevel> LOG_LEVEL = option(
            "log-level",
            Syntax.oneOf(LogLevel.class),
            "info",
            "The least severe messages that are logged, on standard error.");
    public static final ServeOption<LogFormat> LOG_FORMAT = option(
            "log-format",
            Syntax.oneOf(LogFormat.class),
            "text",
            "How a log line looks: for people, or one JSON object.");

    /** In the order in which help and documentation list them. */
    public static final List<ServeOption<?>> ALL = List.of(
            FILE,
            KUBERNETES,
            CLUSTER_DOMAIN,
            DEFAULT_BROKER_CLASS,
            SOURCE_KINDS,
            ROLE,
            CHANNEL,
            CONFIG,
            DATA_DIR,
            INGRESS_HOST,
            INGRESS_PORT,
            INGRESS_URL,
            INGRESS_PROBES,
            STATE_PROBES,
            MAX_EVENT_SIZE,
            REQUEST_TIMEOUT,
            IDLE_TIMEOUT,
            MAX_HEADER_SIZE,
            MAX_CONNECTIONS,
            INMEMORY_CAPACITY,
            DEAD_LETTER_CAPACITY,
            KAFKA_BOOTSTRAP_SERVERS,
            KAFKA_CLIENT_CONFIG,
            KAFKA_TOPIC_PARTITIONS,
            KAFKA_TOPIC_REPLICATION_FACTOR,
            KAFKA_BUFFER_MEMORY,
            KAFKA_APPEND_TIMEOUT,
            KAFKA_INSTANCE_ID,
            KAFKA_GROUP_PROTOCOL,
            MAX_IN_FLIGHT,
            DISPATCH_MEMORY,
            DISPATCH_WINDOW,
            HANDOVER_TIMEOUT,
            CATCH_UP_READERS,
            DELIVERY_TIMEOUT,
            CONNECT_TIMEOUT,
            REPLY_TTL,
            MAX_REPLY_SIZE,
            REPLY_MEMORY,
            REFUSE_DESTINATIONS,
            ADMIN_HOST,
            ADMIN_PORT,
            ADMIN_TOKEN_FILE,
            SOURCES_HOST,
            SOURCES_PORT,
            WEBHOOK_URL,
            WEBHOOK_TIMEOUT,
            SHUTDOWN_TIMEOUT,
            LOG_LEVEL,
            LOG_FORMAT);

    private ServeOptions() {}

    private static <T> ServeOption<T> option(String name, Syntax<T> syntax, String defaultText, String meaning) {
        return new ServeOption<>(name, null, syntax, defaultText, "`" + defaultText + "`", meaning);
    }

    private static Syntax<Integer> port() {
        return Syntax.integer("PORT", 0, 65_535);
    }
}
