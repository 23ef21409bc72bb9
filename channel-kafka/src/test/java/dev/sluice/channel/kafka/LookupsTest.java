/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LookupsTest {

    private final List<Map<String, Promise<Integer>>> requests = new ArrayList<>();

    private Map<String, Future<Integer>> send(Set<String> keys) {
        Map<String, Promise<Integer>> sent = new HashMap<>();
        Map<String, Future<Integer>> answers = new HashMap<>();
        keys.forEach(key -> {
            Promise<Integer> promise = Promise.promise();
            sent.put(key, promise);
            answers.put(key, promise.future());
        });
        requests.add(sent);
        return answers;
    }

    private Promise<Integer> sent(int request, String key) {
        assertThat(requests.get(request)).containsKey(key);
        return requests.get(request).get(key);
    }

    @Test
    void questions_with_one_key_are_answered_by_a_request_that_was_sent_after_them() {
        var lookups = new Lookups<String, Integer>(1, 10, this::send);

        Future<Integer> first = lookups.ask("a");
        Future<Integer> second = lookups.ask("a");
        Future<Integer> third = lookups.ask("a");

        assertThat(requests).hasSize(1);
        sent(0, "a").complete(1);
        assertThat(first.result()).isEqualTo(1);
        assertThat(second.isComplete()).isFalse();
        assertThat(requests).hasSize(2);
        sent(1, "a").complete(2);
        assertThat(second.result()).isEqualTo(2);
        assertThat(third.result()).isEqualTo(2);
        assertThat(lookups.ask("a").isComplete()).isFalse();
        assertThat(requests).hasSize(3);
    }

    @Test
    void a_key_does_not_wait_for_another_while_there_is_room_for_a_request() {
        var lookups = new Lookups<String, Integer>(1, 2, this::send);

        Future<Integer> a = lookups.ask("a");
        Future<Integer> b = lookups.ask("b");
        Future<Integer> c = lookups.ask("c");

        assertThat(requests).hasSize(2);
        sent(1, "b").complete(2);
        assertThat(b.result()).isEqualTo(2);
        assertThat(a.isComplete()).isFalse();
        sent(2, "c").complete(3);
        assertThat(c.result()).isEqualTo(3);
    }

    @Test
    void a_request_holds_as_many_keys_as_it_may() {
        var lookups = new Lookups<String, Integer>(2, 1, this::send);
        List.of("a", "b", "c", "d").forEach(lookups::ask);

        sent(0, "a").complete(1);
        sent(1, "b").complete(2);
        sent(1, "c").complete(3);

        assertThat(requests.get(0)).containsOnlyKeys("a");
        assertThat(requests.get(1)).containsOnlyKeys("b", "c");
        assertThat(requests.get(2)).containsOnlyKeys("d");
    }

    @Test
    void a_key_is_answered_before_the_others_of_its_request_and_may_be_asked_again() {
        var lookups = new Lookups<String, Integer>(2, 2, this::send);
        lookups.ask("first");
        lookups.ask("second");
        Future<Integer> quick = lookups.ask("quick");
        Future<Integer> hanging = lookups.ask("hanging");
        sent(0, "first").complete(0);

        sent(1, "second").complete(0);
        lookups.ask("quick");
        sent(2, "quick").complete(1);

        assertThat(quick.result()).isEqualTo(1);
        assertThat(hanging.isComplete()).isFalse();
        assertThat(requests.get(3)).containsOnlyKeys("quick");
    }

    @Test
    void each_key_has_its_own_failure_and_a_request_that_could_not_be_sent_is_one_of_all_its_keys() {
        var lookups = new Lookups<String, Integer>(2, 1, this::send);
        Future<Integer> first = lookups.ask("first");
        Future<Integer> refused = lookups.ask("refused");
        Future<Integer> answered = lookups.ask("answered");
        sent(0, "first").complete(0);

        sent(1, "refused").fail("may not");
        sent(1, "answered").complete(1);

        assertThat(first.succeeded()).isTrue();
        assertThat(refused.cause()).hasMessage("may not");
        assertThat(answered.result()).isEqualTo(1);

        var closed = new Lookups<String, Integer>(2, 1, keys -> {
            throw new IllegalStateException("closed");
        });
        assertThat(closed.ask("a").cause()).hasMessage("closed");
        assertThat(closed.ask("a").cause()).hasMessage("closed");
    }
}
