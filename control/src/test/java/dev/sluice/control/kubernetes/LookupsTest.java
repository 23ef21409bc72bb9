/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.store.Target;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LookupsTest {

    private static GenericKubernetesResource object(String more) {
        return Serialization.unmarshal("""
                apiVersion: example.com/v1
                kind: Sink
                metadata: {namespace: shop, name: orders, generation: 2, labels: {a: b}, annotations: {c: d}}
                spec: {much: [of, this, is, nobodys, business]}
                """ + more, GenericKubernetesResource.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "status: {}",
                "status: {address: {url: 'http://orders.example.com', CACerts: pem, audience: shop}}",
                "status: {addresses: [{name: http, url: 'http://orders.example.com'}, {url: 'https://orders.example.com'}]}",
                "status: {observedGeneration: 1, conditions: [{type: Ready, status: 'False', reason: Broken, message: why}]}",
                "status: {observedGeneration: 2, conditions: [{type: Ready, status: 'True'}], capacity: {much: more}}",
                "status: null",
                "status: {address: null}",
            })
    void what_is_kept_of_an_object_leads_to_the_same_address(String status) {
        // Given
        GenericKubernetesResource object = object(status);
        Target whole = Lookups.targetOf(object);

        // When: more than once, as for an object that is seen again
        Lookups.keepAddresses(object);
        Lookups.keepAddresses(object);

        // Then
        assertThat(Lookups.targetOf(object)).isEqualTo(whole);
    }

    @Test
    void nothing_is_kept_that_leads_to_no_address() {
        // Given
        GenericKubernetesResource object =
                object("status: {address: {url: 'http://a.example.com'}, capacity: {much: more}}");

        // When
        Lookups.keepAddresses(object);

        // Then: but what tells it from others
        assertThat(Serialization.asJson(object))
                .doesNotContain("business", "much", "labels", "annotations")
                .contains("orders", "shop", "http://a.example.com");
    }
}
