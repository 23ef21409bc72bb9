/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EventsTest {

    @Test
    void lists_every_constant_of_the_catalogue_once() {
        long constants = Arrays.stream(Events.class.getDeclaredFields())
                .filter(field -> Modifier.isPublic(field.getModifiers()) && field.getType() == CloudEvent.class)
                .count();

        assertThat(Events.all()).hasSize((int) constants);
        assertThat(Events.all()).extracting(CloudEvent::getId).doesNotHaveDuplicates();
        assertThat(Events.all()).anyMatch(Events::isV03);
    }
}
