/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

    private final TestConsole console = new TestConsole();

    @Test
    void no_command_ends_with_2_and_names_them() {
        // When
        int status = console.run();

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err())
                .contains(
                        "serve, get, explain, dead-letters, triggers, topics, sources, validate, send, display, version")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "serv,'unknown command serv, did you mean serve? See sluice --help'",
        "dance,'unknown command dance; one of serve, get, '",
        "--verison,'unknown option --verison, did you mean version? See sluice --help'",
    })
    void a_command_that_does_not_exist_ends_with_2_and_names_the_nearest(String word, String said) {
        // When
        int status = console.run(word);
        TestConsole helped = new TestConsole();
        int statusOfHelp = helped.run("help", word);

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err()).startsWith("sluice: " + said).hasLineCount(1);
        assertThat(statusOfHelp).isEqualTo(2);
        assertThat(helped.err()).isEqualTo(console.err());
        assertThat(helped.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help"})
    void help_lists_the_commands(String word) {
        // When
        int status = console.run(word);

        // Then
        assertThat(status).isZero();
        assertThat(console.out())
                .contains("  serve         Takes", "  get           Shows", "  dead-letters  Lists")
                .contains("  explain ", "  validate ", "  send ", "  display ", "  version ")
                .doesNotContain("rehearse");
        assertThat(console.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "get",
                "explain",
                "dead-letters",
                "triggers",
                "topics",
                "sources",
                "validate",
                "send",
                "display",
                "version"
            })
    void every_command_explains_itself(String command) {
        // When
        int status = console.run(command, "--help");

        // Then
        assertThat(status).isZero();
        assertThat(console.out()).startsWith("Usage: sluice " + command);
        assertThat(console.err()).isEmpty();
    }

    @Test
    void help_of_serve_names_every_option() {
        // When
        console.run("help", "serve");

        // Then
        for (var option : dev.sluice.server.config.ServeOptions.ALL) {
            assertThat(console.out()).contains(option.flag());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "--version", "-V"})
    void the_version_is_the_one_that_was_built(String word) {
        // When
        int status = console.run(word);

        // Then
        assertThat(status).isZero();
        assertThat(console.out()).matches("sluice \\d+\\.\\d+\\.\\d+\\S* \\(Java .+\\)\\R");
    }

    @Test
    void what_is_wrong_with_the_words_the_values_and_what_they_name_is_told_at_once() {
        // When
        int status = console.run(
                "serve", "--ingres-port", "1", "--admin-port", "many", "-f", "/no/such/folder", "--role", "broker");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err())
                .contains("unknown option --ingres-port, did you mean --ingress-port?")
                .contains("--admin-port=many is not a whole number")
                .contains("/no/such/folder")
                .contains("--role=broker needs a channel that several processes share")
                .hasLineCount(4);
    }

    @Test
    void serve_without_resources_says_what_to_give_it() {
        // When
        int status = console.run("serve");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err()).contains("-f examples/quickstart").hasLineCount(1);
    }

    @Test
    void serve_refuses_what_can_be_known_to_be_wrong_before_it_opens_a_port(@TempDir Path folder) throws IOException {
        // Given
        Path blank = Files.writeString(folder.resolve("token"), " \n");

        // When
        int status = console.run(
                "serve",
                "-f",
                folder.toString(),
                "--channel",
                "disk",
                "--admin-token-file",
                blank.toString(),
                "--refuse-destinations",
                "10.0.0.0/33",
                "--source-kinds",
                "PingSuorce");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err())
                .contains("--channel=disk is none of inmemory, kafka")
                .contains("--admin-token-file=" + blank + " holds no token")
                .contains("--refuse-destinations=10.0.0.0/33 is not a block of addresses")
                .contains(
                        "--source-kinds=PingSuorce is none of ApiServerSource, ContainerSource, GitHubSource, ",
                        "did you mean PingSource?")
                .hasLineCount(4);
    }

    @Test
    void a_capacity_that_makes_no_sense_is_refused_by_the_channel(@TempDir Path folder) {
        // When
        int status = console.run(
                "serve", "-f", folder.toString(), "--inmemory-capacity", "lots", "--ingress-port=0", "--admin-port=0");

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err())
                .contains("--inmemory-capacity=lots is not a size")
                .doesNotContain("\tat ");
    }

    @Test
    void validate_counts_what_is_right_and_lists_what_is_wrong(@TempDir Path folder) throws IOException {
        // Given
        Files.writeString(
                folder.resolve("good.yaml"),
                "apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: b}\n");
        var second = new TestConsole();

        // When
        int good = console.run("validate", "-f", folder.toString());
        Files.writeString(
                folder.resolve("bad.yaml"),
                "apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: c}\nspec: {delivery: {retry: many}}\n");
        int bad = second.run("validate", "-f", folder.toString());

        // Then
        assertThat(good).isZero();
        assertThat(console.out()).isEqualTo("1 resource is valid\n");
        assertThat(bad).isEqualTo(2);
        assertThat(second.out()).contains("bad.yaml:4").contains("retry").endsWith("1 resource is valid\n");
    }

    @Test
    void validate_does_not_call_right_what_holds_nothing(@TempDir Path folder) throws IOException {
        // Given
        Files.writeString(folder.resolve("readme.txt"), "kind: Broker");

        // When
        int status = console.run("validate", "-f", folder.toString());

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.out()).isEmpty();
        assertThat(console.err())
                .startsWith("sluice validate: there are no resources in " + folder)
                .contains(".yaml")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"get triggers -o wide", "explain --broker b", "explain --broker missing", "dead-letters list"})
    void what_others_wrote_does_not_steer_the_terminal(String command) throws IOException {
        // Given: a name, a reason and a note that clear the screen
        String nasty = "x\\u001b[2Jx\\u009b1mx";
        HttpServer admin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        admin.createContext("/", exchange -> {
            boolean found = !exchange.getRequestURI().getPath().endsWith("missing");
            String one = "{'metadata':{'name':'N'},'trigger':'N','id':'N','event':{'type':'N','id':'N'},"
                    + "'wants':[{'path':'N','text':'N'}],'notes':['N'],"
                    + "'status':{'conditions':[{'type':'Ready','status':'False','reason':'N','message':'N'}]}}";
            byte[] body = (found ? "{'broker':'N','notes':['N'],'items':[" + one + "]}" : "{'error':'N','remedy':'N'}")
                    .replace('\'', '"')
                    .replace("N", nasty)
                    .getBytes(UTF_8);
            exchange.sendResponseHeaders(found ? 200 : 404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        admin.start();
        try {
            var talking = new TestConsole(
                    "",
                    Map.of(
                            "SLUICE_ADMIN_URL",
                            "http://localhost:" + admin.getAddress().getPort()));

            // When
            talking.run(command.split(" "));

            // Then
            assertThat(talking.out() + talking.err())
                    .contains("x [2Jx 1mx")
                    .matches(text -> text.chars().allMatch(c -> c == '\n' || !Character.isISOControl(c)));
        } finally {
            admin.stop(0);
        }
    }

    @Test
    void get_refuses_what_makes_no_sense() {
        assertThat(console.run("get")).isEqualTo(2);
        assertThat(console.run("get", "flowers")).isEqualTo(2);
        assertThat(console.run("get", "brokers", "-o", "xml")).isEqualTo(2);
        assertThat(console.run("get", "brokers", "a/b/c")).isEqualTo(2);
        assertThat(console.run("get", "brokers", "a/b", "-n", "c")).isEqualTo(2);
        assertThat(console.run("get", "brokers", "a", "-A")).isEqualTo(2);
        assertThat(console.run("get", "brokers", "--admin-url", "ftp://x")).isEqualTo(2);
        assertThat(console.err())
                .doesNotContain("Exception")
                .hasLineCount(7)
                .endsWith("write one such as http://localhost:9090\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yesterday",
                "2026-11-21",
                "12T",
                "h",
                "5w",
                "-",
                "-5m",
                "9999999d",
                "99999999999999d",
                "99999999999999999999d"
            })
    void dead_letters_refuses_a_time_that_is_none_and_says_both_ways_to_write_one(String time) {
        // When
        int status = console.run("dead-letters", "list", "--since", time);

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(console.err())
                .startsWith("sluice dead-letters: --since=" + time + " is no time; write one such as 2026-")
                .contains("2h")
                .hasLineCount(1);
    }

    @Test
    void get_says_where_it_looked_when_nobody_is_there() throws IOException {
        // Given
        var unreachable = new TestConsole("", Map.of("SLUICE_ADMIN_URL", "http://127.0.0.1:1"));

        // When
        int status = unreachable.run("get", "brokers");

        // Then
        assertThat(status).isEqualTo(1);
        assertThat(unreachable.err())
                .startsWith("sluice get: http://127.0.0.1:1/api/v1/brokers")
                .contains("--admin-url")
                .hasLineCount(1);
    }
}
