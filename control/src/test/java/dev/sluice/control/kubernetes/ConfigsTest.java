/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.control.store.Target;
import dev.sluice.control.store.TargetKey;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigsTest {

    private static final ResourceName NAME = new ResourceName("shop", "kafka");

    @Test
    void brokers_wait_for_what_they_name_and_not_for_the_secrets_of_sources() {
        // Nothing of these is ever seen: observations are dropped, and nobody answers at port 1.
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withMasterUrl("http://127.0.0.1:1/")
                                .withRequestRetryBackoffLimit(0)
                                .build())
                        .build();
                Configs configs = new Configs(client, observation -> {}, () -> {})) {
            // When
            configs.want(Set.of(), Set.of(NAME));

            // Then
            assertThat(configs.allSeen()).isTrue();
            assertThat(configs.missing(Set.of(NAME)).get(TargetKey.secret(NAME)))
                    .isInstanceOf(Target.Unseen.class);

            // When
            configs.want(Set.of(NAME), Set.of(NAME));

            // Then
            assertThat(configs.allSeen()).isFalse();
        }
    }
}
