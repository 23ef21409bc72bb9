/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.RecordingSubscriber;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole process but for the JVM around it: real files, real ports, real HTTP, and requests to stop instead of signals. */
class ServeTest {

    private static final Pattern READY =
            Pattern.compile("ready ingress=http://127\\.0\\.0\\.1:(\\d+) admin=http://127\\.0\\.0\\.1:(\\d+)\\n");

    private static final String RESOURCES = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata: {name: default}
            ---
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata: {name: orders}
            spec:
              broker: default
              filters: [{exact: {type: order.created}}]
              subscriber: {uri: '%s'}
              delivery: {timeout: PT1H}
            """;

    @TempDir
    private Path folder;

    private final RecordingSubscriber subscriber = RecordingSubscriber.start();
    private final TestConsole console = new TestConsole();
    private final HttpClient client = HttpClient.newHttpClient();
    private CompletableFuture<Integer> serving = new CompletableFuture<>();
    private String ingress = "";
    private String admin = "";

    @BeforeEach
    void write() throws IOException {
        Files.createDirectory(folder.resolve("resources"));
        Files.writeString(folder.resolve("resources/resources.yaml"), RESOURCES.formatted(subscriber.uri()));
    }

    @AfterEach
    void stop() throws Exception {
        if (!ingress.isEmpty() && !serving.isDone()) {
            console.signal("SIGTERM");
            console.signal("SIGTERM");
            serving.get(20, TimeUnit.SECONDS);
        }
        subscriber.close();
    }

    private String[] words(String... more) {
        var words = new ArrayList<>(List.of(
                "serve",
                "-f",
                folder.resolve("resources").toString(),
                "--data-dir",
                folder.resolve("data").toString(),
                "--ingress-host",
                "127.0.0.1",
                "--ingress-port",
                "0",
                "--admin-port=0"));
        words.addAll(List.of(more));
        return words.toArray(new String[0]);
    }

    /** Options may not stand twice, so the port replaces the free one. */
    private String[] taking(String flag, String port) {
        return new String[] {
            "serve",
            "-f",
            folder.resolve("resources").toString(),
            "--data-dir",
            folder.resolve("data").toString(),
            "--ingress-host=127.0.0.1",
            "--log-level=error",
            flag,
            port,
            flag.equals("--ingress-port") ? "--admin-port=0" : "--ingress-port=0"
        };
    }

    private void serve(String... more) {
        serving = console.start(words(more));
        await().atMost(30, TimeUnit.SECONDS)
                .until(() -> serving.isDone() || READY.matcher(console.err()).find());
        Matcher ready = READY.matcher(console.err());
        assertThat(ready.find()).as(console.err()).isTrue();
        ingress = "http://127.0.0.1:" + ready.group(1);
        admin = "http://127.0.0.1:" + ready.group(2);
    }

    private int send(String id) {
        return new TestConsole()
                .run(
                        "send",
                        "--to",
                        ingress + "/default/default",
                        "--type",
                        "order.created",
                        "--source",
                        "/s",
                        "--id",
                        id);
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(admin + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void an_event_reaches_the_subscriber_and_a_stop_ends_with_0() throws Exception {
        // Given
        serve();

        // When
        int sent = send("1");
        await().until(() -> subscriber.count() == 1);
        console.signal("SIGTERM");

        // Then
        assertThat(sent).isZero();
        assertThat(serving.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(subscriber.ids()).containsExactly("1");
        assertThat(console.err()).contains("cause=SIGTERM").contains("stopped undelivered=0");
    }

    @Test
    void the_built_in_display_shows_what_a_trigger_sends_to_it() throws Exception {
        // Given
        serve();
        String display = admin + "/display";
        Files.writeString(folder.resolve("resources/resources.yaml"), RESOURCES.formatted(display));
        await().until(() ->
                get("/api/v1/triggers/default/orders").body().contains("\"subscriberUri\":\"" + display + "\""));

        // When
        send("shown");

        // Then
        await().untilAsserted(() -> assertThat(console.out()).contains("id                 shown\n"));
    }

    @Test
    void get_shows_the_resources_as_kubectl_would() {
        // Given
        serve();

        // When
        var brokers = new TestConsole();
        var triggers = new TestConsole();
        var yaml = new TestConsole();
        var json = new TestConsole();
        var nothing = new TestConsole();
        var elsewhere = new TestConsole();
        int status = brokers.run("get", "brokers", "--admin-url", admin)
                + triggers.run("get", "triggers", "-A", "--admin-url", admin)
                + yaml.run("get", "trigger", "default/orders", "-o", "yaml", "--admin-url", admin)
                + json.run("get", "trigger", "orders", "-o", "json", "--admin-url", admin)
                + elsewhere.run("get", "brokers", "-n", "elsewhere", "--admin-url", admin);

        // Then
        assertThat(status).isZero();
        assertThat(brokers.out().lines().map(line -> line.replaceAll(" +", " ")).toList())
                .satisfiesExactly(
                        header -> assertThat(header).isEqualTo("NAME URL AGE READY REASON"),
                        row -> assertThat(row)
                                .matches("default " + ingress.replace("127.0.0.1", "localhost")
                                        + "/default/default \\d+s True"));
        assertThat(triggers.out()
                        .lines()
                        .map(line -> line.replaceAll(" +", " "))
                        .toList())
                .satisfiesExactly(
                        header -> assertThat(header).isEqualTo("NAMESPACE NAME BROKER SUBSCRIBER_URI AGE READY REASON"),
                        row -> assertThat(row).matches("default orders default " + subscriber.uri() + " \\d+s True"));
        assertThat(yaml.out()).contains("kind: Trigger\n").contains("subscriberUri: " + subscriber.uri());
        assertThat(json.out())
                .contains("\"kind\": \"Trigger\"")
                .contains("\"subscriberUri\": \"" + subscriber.uri() + "\"");
        assertThat(elsewhere.out()).isEmpty();
        assertThat(elsewhere.err()).isEqualTo("No brokers found in namespace elsewhere.\n");
        assertThat(nothing.run("get", "broker", "nothing", "--admin-url", admin))
                .isEqualTo(1);
        assertThat(nothing.err()).contains("default/nothing does not exist").hasLineCount(1);
    }

    @Test
    void health_and_metrics_tell_what_is_going_on() throws Exception {
        // Given
        serve();
        send("1");
        await().until(() -> subscriber.count() == 1);

        // Then
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").body()).isEqualTo("{\"status\":\"ready\"}");
        assertThat(get("/metrics").body())
                .contains("sluice_ingress_accepted_total{broker=\"default\",namespace=\"default\"} 1.0")
                .contains("sluice_channel_capacity_bytes{broker=\"default\",namespace=\"default\"}")
                .contains(
                        "sluice_trigger_matched_total{broker=\"default\",namespace=\"default\",trigger=\"orders\"} 1.0")
                .contains(
                        "jvm_memory_used_bytes",
                        "jvm_gc_",
                        "jvm_threads_live_threads",
                        "process_cpu_usage",
                        "process_uptime_seconds");
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/nothing").body()).contains("\"error\"", "\"remedy\"");
    }

    @Test
    void a_token_guards_all_but_health_and_metrics_and_is_never_shown() throws Exception {
        // Given
        Path token = Files.writeString(folder.resolve("token"), "s3cret\n");
        serve("--admin-token-file", token.toString());

        // Then
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(get("/metrics").statusCode()).isEqualTo(200);
        assertThat(get("/api/v1/brokers").statusCode()).isEqualTo(401);
        assertThat(get("/api/v1/brokers", "Authorization", "Bearer s3creT").statusCode())
                .isEqualTo(401);
        assertThat(get("/api/v1/brokers", "Authorization", "Bearer s3cret").statusCode())
                .isEqualTo(200);
        assertThat(new TestConsole()
                        .run("get", "brokers", "--admin-url", admin, "--admin-token-file", token.toString()))
                .isZero();
        assertThat(console.err()).doesNotContain("s3cret");
    }

    @Test
    void a_port_that_is_taken_is_one_clear_line_and_1() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            // When
            var other = new TestConsole();
            String port = Integer.toString(taken.getLocalPort());
            int atIngress = console.run(taking("--ingress-port", port));
            int atAdmin = other.run(taking("--admin-port", port));

            // Then
            assertThat(atIngress).isEqualTo(1);
            assertThat(console.err())
                    .startsWith("sluice serve: --ingress-port " + port + ":")
                    .hasLineCount(1);
            assertThat(atAdmin).isEqualTo(1);
            assertThat(other.err())
                    .startsWith("sluice serve: --admin-port " + port + ":")
                    .hasLineCount(1);
        }
    }

    @Test
    void a_stop_waits_for_deliveries_and_refuses_new_events_meanwhile() throws Exception {
        // Given
        serve();
        subscriber.hold();
        send("held");
        await().until(() -> subscriber.heldCount() == 1);

        // When
        console.signal("SIGTERM");
        await().until(() -> get("/health/ready").statusCode() == 503);
        var late = new TestConsole();
        int refused = late.run("send", "--to", ingress + "/default/default", "--type", "t", "--source", "/s");
        boolean stoppedEarly = serving.isDone();
        subscriber.release();

        // Then
        assertThat(refused).isEqualTo(1);
        assertThat(late.out()).startsWith("503 Service Unavailable\nRetry-After: ");
        assertThat(stoppedEarly).isFalse();
        assertThat(serving.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(console.err()).contains("stopped undelivered=0");
    }

    @Test
    void a_stop_that_gives_up_says_how_many_events_of_which_trigger_it_could_not_deliver() throws Exception {
        // Given
        serve("--shutdown-timeout", "200ms");
        subscriber.hold();
        send("1");
        send("2");
        await().until(() -> subscriber.heldCount() == 2);

        // When
        console.signal("SIGTERM");

        // Then
        assertThat(serving.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(console.err())
                .contains("not delivered trigger=default/orders events=2")
                .contains("kept for the next start undelivered=2");
    }

    @Test
    void a_second_request_stops_at_once_and_says_what_is_lost() throws Exception {
        // Given
        serve("--shutdown-timeout", "1h");
        subscriber.hold();
        send("1");
        await().until(() -> subscriber.heldCount() == 1);

        // When
        console.signal("SIGINT");
        await().until(() -> console.err().contains("stopping"));
        console.signal("SIGINT");

        // Then
        assertThat(serving.get(10, TimeUnit.SECONDS)).isZero();
        assertThat(console.err()).contains("undelivered=1");
    }

    @Test
    void the_life_cycle_is_told_at_every_log_level() throws Exception {
        // Given
        serve("--log-level", "error");

        // When
        console.signal("SIGTERM");
        serving.get(20, TimeUnit.SECONDS);

        // Then
        assertThat(console.err())
                .contains(" ready ingress=", "stopped undelivered=0")
                .doesNotContain("configuration");
    }

    @Test
    void a_log_in_json_is_one_object_a_line() throws Exception {
        // Given
        serving = console.start(words("--log-format", "json"));
        await().atMost(30, TimeUnit.SECONDS).until(() -> console.err().contains("\"message\":\"ready\""));

        // When
        console.signal("SIGTERM");
        serving.get(20, TimeUnit.SECONDS);

        // Then
        assertThat(console.err().lines()).allMatch(line -> line.startsWith("{\"time\":\"") && line.endsWith("}"));
    }
}
