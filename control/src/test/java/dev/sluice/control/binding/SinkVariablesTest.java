/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.binding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.api.routing.Destination;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SinkVariablesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Destination SINK = Destination.of(URI.create("http://orders.example.com/in"));

    private static final String POD = """
            {"initContainers": [{"name": "warm", "image": "w"}],
             "containers": [
               {"name": "kettle", "image": "k", "env": [{"name": "TEA", "value": "green"}]},
               {"name": "log", "image": "l", "env": [{"name": "K_SINK", "value": "http://old/"},
                                                     {"name": "URL", "value": "$(K_SINK)/x"}]}],
             "volumes": []}
            """;

    private static JsonNode json(String text) throws JsonProcessingException {
        return JSON.readTree(text);
    }

    private static JsonNode env(JsonNode pod, String at) {
        return pod.at(at + "/env");
    }

    @Test
    void every_container_and_init_container_learns_the_sink_and_the_overrides() throws Exception {
        // Given
        JsonNode pod = json(POD);

        // When
        JsonNode bound = SinkVariables.of(SINK, Map.of("team", "brewers", "region", "eu"))
                .setIn(pod)
                .orElseThrow();

        // Then
        JsonNode both = json("""
                [{"name": "K_SINK", "value": "http://orders.example.com/in"},
                 {"name": "K_CE_OVERRIDES", "value": "{\\"extensions\\":{\\"region\\":\\"eu\\",\\"team\\":\\"brewers\\"}}"}]""");
        assertThat(env(bound, "/initContainers/0")).isEqualTo(both);
        assertThat(env(bound, "/containers/0")).hasSize(3).containsAll(both);
        assertThat(env(bound, "/containers/0").get(0)).isEqualTo(json("{\"name\": \"TEA\", \"value\": \"green\"}"));
        assertThat(pod).isEqualTo(json(POD));
    }

    @Test
    void a_variable_that_others_refer_to_stays_before_them() throws Exception {
        // When
        JsonNode bound = SinkVariables.of(SINK, Map.of()).setIn(json(POD)).orElseThrow();

        // Then
        assertThat(env(bound, "/containers/1").findValuesAsText("name"))
                .containsExactly("K_SINK", "URL", "K_CE_OVERRIDES");
        assertThat(env(bound, "/containers/1").get(0).path("value").asText()).isEqualTo("http://orders.example.com/in");
    }

    @Test
    void without_overrides_the_variable_is_there_and_empty_as_the_api_server_writes_it() throws Exception {
        // When
        JsonNode bound = SinkVariables.of(SINK, Map.of()).setIn(json(POD)).orElseThrow();

        // Then
        assertThat(env(bound, "/initContainers/0").get(1)).isEqualTo(json("{\"name\": \"K_CE_OVERRIDES\"}"));
    }

    @Test
    void certificates_come_and_go_with_those_of_the_sink() throws Exception {
        // Given
        Destination trusted = new Destination(SINK.uri(), Optional.of("PEM"), Optional.empty());
        JsonNode bound = SinkVariables.of(trusted, Map.of()).setIn(json(POD)).orElseThrow();
        assertThat(env(bound, "/containers/0").findValuesAsText("name")).contains("K_CA_CERTS");

        // When
        JsonNode without = SinkVariables.of(SINK, Map.of()).setIn(bound).orElseThrow();

        // Then
        assertThat(env(without, "/containers/0").findValuesAsText("name")).doesNotContain("K_CA_CERTS");
    }

    @Test
    void what_is_there_already_is_not_changed() throws Exception {
        // Given
        SinkVariables variables = SinkVariables.of(SINK, Map.of("team", "brewers"));
        JsonNode bound = variables.setIn(json(POD)).orElseThrow();

        // Then
        assertThat(variables.setIn(bound)).isEmpty();
        assertThat(SinkVariables.of(SINK, Map.of()).setIn(bound)).isPresent();
    }

    @Test
    void what_is_taken_away_leaves_the_other_variables_and_no_empty_list() throws Exception {
        // Given
        JsonNode bound = SinkVariables.of(SINK, Map.of()).setIn(json(POD)).orElseThrow();

        // When
        JsonNode free = SinkVariables.removedFrom(bound).orElseThrow();

        // Then
        assertThat(free.at("/initContainers/0")).isEqualTo(json("{\"name\": \"warm\", \"image\": \"w\"}"));
        assertThat(env(free, "/containers/0").findValuesAsText("name")).containsExactly("TEA");
        assertThat(env(free, "/containers/1").findValuesAsText("name")).containsExactly("URL");
        assertThat(SinkVariables.removedFrom(free)).isEmpty();
    }

    @Test
    void a_password_in_the_sink_is_not_printed() {
        SinkVariables variables = SinkVariables.of(Destination.of(URI.create("http://me:secret@orders/")), Map.of());

        assertThat(variables.toString()).contains("K_SINK").doesNotContain("secret");
    }
}
