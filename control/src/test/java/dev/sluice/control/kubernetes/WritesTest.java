/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.control.kubernetes.Writes.Outcome;
import dev.sluice.control.resource.Annotations;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With an API server that answers whatever a test wants it to. */
final class WritesTest {

    private static final Reading READING = Reading.of(
            WatchedKind.TRIGGER,
            Serialization.unmarshal("""
                    apiVersion: eventing.knative.dev/v1
                    kind: Trigger
                    metadata: {namespace: shop, name: paid, uid: t-1, generation: 1, resourceVersion: "7"}
                    spec: {broker: default, subscriber: {uri: "http://orders.example.com"}}
                    """, GenericKubernetesResource.class),
            null,
            Annotations.OUR_BROKER_CLASS);

    private volatile int code = 200;
    private volatile String body = "{\"metadata\": {\"resourceVersion\": \"8\"}}";
    private ScriptedApiServer apiServer;
    private Writes writes;

    @BeforeEach
    void begin() throws IOException {
        apiServer = ScriptedApiServer.start(asked -> new ScriptedApiServer.Answer(code, body));
        writes = new Writes(apiServer.client());
    }

    @AfterEach
    void end() {
        apiServer.close();
    }

    private static ObjectNode patch() {
        return JsonNodeFactory.instance.objectNode().put("observedGeneration", 1);
    }

    @Test
    void a_status_is_written_with_one_request_that_says_which_version_it_is_about() {
        // When
        Writes.Result result = writes.status(READING, patch());

        // Then
        assertThat(result).isEqualTo(new Writes.Result(Outcome.WRITTEN, "8"));
        assertThat(apiServer.asked())
                .containsExactly(new ScriptedApiServer.Asked(
                        "PATCH",
                        "/apis/eventing.knative.dev/v1/namespaces/shop/triggers/paid/status",
                        "application/merge-patch+json",
                        "{\"metadata\":{\"resourceVersion\":\"7\"},\"status\":{\"observedGeneration\":1}}"));
    }

    @ParameterizedTest
    @CsvSource({"409, STALE", "404, GONE"})
    void an_object_that_is_another_or_gone_is_no_failure(int answer, Outcome outcome) {
        // Given
        code = answer;
        body = "{\"kind\": \"Status\", \"message\": \"whatever\"}";

        // When, Then
        assertThat(writes.status(READING, patch()).outcome()).isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource({"403, '{\"message\": \"cannot patch\"}', cannot patch", "503, <html>, 503"})
    void a_refusal_is_told_with_its_reason(int answer, String text, String reason) {
        // Given
        code = answer;
        body = text;

        // When, Then
        assertThatThrownBy(() -> writes.status(READING, patch()))
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        refused -> assertThat(refused.getCode()).isEqualTo(answer))
                .hasMessageContaining("triggers/paid/status")
                .hasMessageContaining(reason);
    }

    @Test
    void nobody_who_answers_is_a_failure_too() {
        // Given
        apiServer.stop();

        // When, Then
        assertThatThrownBy(() -> writes.status(READING, patch()))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("no answer");
    }
}
