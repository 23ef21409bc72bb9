/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.sluice.control.resource.Addressable;
import dev.sluice.control.resource.BrokerStatus;
import dev.sluice.control.resource.TriggerStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StatusPatchTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static Condition condition(String type, String status, String time) {
        Condition condition = new Condition();
        condition.setType(type);
        condition.setStatus(status);
        condition.setLastTransitionTime(time);
        return condition;
    }

    private static TriggerStatus status(long generation, Condition... conditions) {
        TriggerStatus status = new TriggerStatus();
        status.setObservedGeneration(generation);
        status.setConditions(List.of(conditions));
        return status;
    }

    @Test
    void a_status_that_is_as_it_should_be_needs_no_patch_whenever_its_transitions_were() {
        // Given
        JsonNode current = json("{'observedGeneration':3,'conditions':[{'type':'Ready','status':'True',"
                + "'lastTransitionTime':'2026-01-01T00:00:00Z'}],'annotations':{'of.others':'x'},'policies':[]}");

        // When, Then
        assertThat(StatusPatch.of(current, status(3, condition("Ready", "True", "2026-02-02T00:00:00Z")), null))
                .isEmpty();
    }

    @Test
    void a_transition_has_its_own_time_and_the_other_conditions_keep_theirs() {
        // Given
        JsonNode current = json("{'observedGeneration':3,'conditions':["
                + "{'type':'BrokerReady','status':'True','lastTransitionTime':'2026-01-01T00:00:00Z'},"
                + "{'type':'Ready','status':'True','lastTransitionTime':'2026-01-01T00:00:00Z'}]}");

        // When
        JsonNode patch = StatusPatch.of(
                        current,
                        status(
                                3,
                                condition("BrokerReady", "True", "2026-02-02T00:00:00Z"),
                                condition("Ready", "False", "2026-02-02T00:00:00Z")),
                        null)
                .orElseThrow();

        // Then
        assertThat(patch)
                .isEqualTo(json("{'conditions':["
                        + "{'type':'BrokerReady','status':'True','lastTransitionTime':'2026-01-01T00:00:00Z'},"
                        + "{'type':'Ready','status':'False','lastTransitionTime':'2026-02-02T00:00:00Z'}]}"));
    }

    @Test
    void a_condition_for_information_is_not_written_for_another_message_alone() {
        // Given
        JsonNode current = json("{'observedGeneration':3,'conditions':[{'type':'Delivering','status':'False',"
                + "'severity':'Info','reason':'SinkUnavailable','message':'event 1',"
                + "'lastTransitionTime':'2026-01-01T00:00:00Z'}]}");

        // When, Then
        assertThat(StatusPatch.of(current, status(3, delivering("SinkUnavailable", "Info")), null))
                .isEmpty();
        assertThat(StatusPatch.of(current, status(3, delivering("SinkRefuses", "Info")), null))
                .isPresent();
        assertThat(StatusPatch.of(current, status(3, delivering("SinkUnavailable", "")), null))
                .isPresent();
    }

    private static Condition delivering(String reason, String severity) {
        Condition condition = condition("Delivering", "False", "2026-01-01T00:00:00Z");
        condition.setReason(reason);
        condition.setMessage("event 2");
        if (!severity.isEmpty()) {
            condition.setAdditionalProperty("severity", severity);
        }
        return condition;
    }

    @Test
    void what_is_ours_and_holds_no_more_is_removed_and_what_is_others_stays() {
        // Given
        JsonNode current = json("{'observedGeneration':1,'conditions':[],'subscriberUri':'http://old','auth':{'x':1}}");

        // When
        JsonNode patch = StatusPatch.of(current, status(1), null).orElseThrow();

        // Then
        assertThat(patch).isEqualTo(json("{'subscriberUri':null}"));
    }

    @Test
    void an_address_loses_the_fields_that_it_has_no_more() {
        // Given
        BrokerStatus desired = new BrokerStatus();
        desired.setObservedGeneration(1L);
        desired.setConditions(List.of());
        Addressable address = new Addressable();
        address.setUrl("http://b");
        desired.setAddress(address);
        JsonNode current =
                json("{'observedGeneration':1,'conditions':[],'address':{'url':'https://b','CACerts':'pem'}}");

        // When
        JsonNode patch = StatusPatch.of(current, desired, null).orElseThrow();

        // Then
        assertThat(patch).isEqualTo(json("{'address':{'url':'http://b','CACerts':null}}"));
    }

    @Test
    void what_was_accepted_is_written_once() {
        // Given
        var fields = JsonNodeFactory.instance.objectNode().put("/spec/broker", "default");
        Accepted accepted = new Accepted(fields);

        // When
        JsonNode patch = StatusPatch.of(JsonNodeFactory.instance.missingNode(), status(1), accepted)
                .orElseThrow();

        // Then
        assertThat(patch.path("annotations").path(Accepted.ANNOTATION).asText())
                .isEqualTo("{\"/spec/broker\":\"default\"}");
        assertThat(StatusPatch.of(patch, status(1), accepted)).isEmpty();
    }
}
