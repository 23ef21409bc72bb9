/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.api.cesql.CesqlExpression;
import dev.sluice.api.cesql.CesqlSyntaxException;
import dev.sluice.api.filter.Filter;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the index promises beyond finding the right triggers, which is {@link TriggerIndexPropertyTest}. */
final class TriggerIndexTest {

    private static final int MANY = 20_000;

    /** Two look-ups, and a leaf of filters that are evaluated, each of them on two attributes. */
    private static final int FEW_READS = 2 + 2 * (Leaf.MAX_DIVISIBLE + 1);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final TriggerIndex<Integer> index = new TriggerIndex<>();

    @Test
    void a_trigger_without_a_filter_matches_every_event_and_reads_nothing_of_it() {
        // Given
        for (int i = 0; i < 3; i++) {
            index.put(i, new Filter.Everything());
        }
        ReadCountingEvent event = event("x", "/a");

        // When
        List<Integer> found = matches(event);

        // Then
        assertThat(found).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(event.reads()).isEmpty();
    }

    @Test
    void what_the_keys_say_in_full_is_not_evaluated_and_each_attribute_is_read_once() {
        // Given
        for (int i = 0; i < MANY; i++) {
            index.put(3 * i, exact("type", "type" + i));
            index.put(3 * i + 1, new Filter.Prefix(Map.of("source", "/" + i + "/")));
            index.put(3 * i + 2, cesql("type = 'type" + i + "' OR type LIKE '%." + i + "'"));
        }
        ReadCountingEvent event = event("type77", "/78/");

        // When
        List<Integer> found = matches(event);

        // Then
        assertThat(found).containsExactlyInAnyOrder(3 * 77, 3 * 77 + 2, 3 * 78 + 1);
        assertThat(event.reads()).isEqualTo(Map.of("type", 1, "source", 1));
    }

    @Test
    void triggers_with_equal_filters_share_one_evaluation() {
        // Given
        for (int i = 0; i < MANY; i++) {
            index.put(i, cesql("LENGTH(source) > 1"));
        }
        ReadCountingEvent event = event("x", "/a");

        // When
        List<Integer> found = matches(event);

        // Then
        assertThat(found).hasSize(MANY);
        assertThat(event.reads()).isEqualTo(Map.of("source", 1));
    }

    @Test
    void what_the_keys_leave_of_many_filters_is_kept_once() {
        // Given
        for (int i = 0; i < MANY; i++) {
            index.put(3 * i, all(exact("type", "type" + i), not(exact("region", "test"))));
            index.put(3 * i + 1, new Filter.Attributes(Map.of("tenant", "t" + i, "region", "")));
            index.put(3 * i + 2, cesql("tenant = 't" + i + "' AND (region != 'us' OR EXISTS express)"));
        }

        // Then
        // Of an OR the first part, behind which nothing is asked, and the whole behind the others.
        assertThat(index.residuals()).isEqualTo(4);
        assertThat(matches(mixEvent(17))).containsExactlyInAnyOrder(3 * 17, 3 * 17 + 1, 3 * 17 + 2);

        // When
        for (int i = 0; i < MANY; i++) {
            index.remove(3 * i);
            index.remove(3 * i + 2);
        }

        // Then
        assertThat(index.residuals()).isEqualTo(1);
        assertThat(matches(mixEvent(17))).containsExactly(3 * 17 + 1);
    }

    @Test
    void an_event_is_asked_once_for_what_is_left_of_several_filters() {
        // Given
        Filter rest = not(exact("region", "test"));
        index.put(1, all(exact("type", "x"), rest));
        index.put(2, all(new Filter.Prefix(Map.of("type", "x")), rest));
        index.put(3, all(exact("source", "/a"), rest));
        ReadCountingEvent event = event("x", "/a");

        // When
        List<Integer> found = matches(event);

        // Then
        assertThat(found).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(event.reads()).isEqualTo(Map.of("type", 1, "source", 1, "region", 1));
    }

    @Test
    void what_is_left_follows_the_keys_that_lead_to_a_trigger() {
        // Given
        index.put(0, typeAndSourceButNotTest(0));

        // Then found by the type: the source is left, and what is left behind that too
        assertThat(index.residuals()).isEqualTo(2);
        assertThat(matches(event("x", "/0/"))).containsExactly(0);
        assertThat(matches(event("x", "/1/"))).isEmpty();

        // When the type is shared by so many that the source leads on
        for (int i = 1; i < MANY; i++) {
            index.put(i, typeAndSourceButNotTest(i));
        }

        // Then
        assertThat(index.residuals()).isEqualTo(1);
        assertThat(matches(event("x", "/4711/"))).containsExactly(4711);

        // When it does so no more
        for (int i = 3; i < MANY; i++) {
            index.remove(i);
        }

        // Then
        assertThat(index.residuals()).isEqualTo(4);
        assertThat(matches(event("x", "/1/"))).containsExactly(1);
        assertThat(matches(event("x", "/4711/"))).isEmpty();
    }

    private static Filter typeAndSourceButNotTest(int i) {
        return all(
                exact("type", "x"), new Filter.Prefix(Map.of("source", "/" + i + "/")), not(exact("region", "test")));
    }

    @Test
    void many_triggers_with_one_value_in_common_are_told_apart_by_the_other() {
        // Given
        for (int i = 0; i < MANY; i++) {
            index.put(i, all(exact("type", "x"), exact("source", "/" + i)));
        }

        // Then
        assertThat(matches(event("x", "/4711"))).containsExactly(4711);
        assertFewReads(event("x", "/4711"));
        assertFewReads(event("x", "/nothing"));
    }

    @Test
    void it_does_not_matter_if_the_values_became_common_after_the_triggers_were_added() {
        // Given the sources are so crowded that the type is the better choice
        int triggers = 1_000;
        int crowd = 40;
        for (int i = 0; i < triggers; i++) {
            for (int j = 0; j < crowd; j++) {
                index.put(triggers + i * crowd + j, all(exact("source", "/" + i), not(exact("a" + j, "x"))));
            }
        }
        for (int i = 0; i < triggers; i++) {
            index.put(i, all(exact("type", "x"), exact("source", "/" + i)));
        }

        // When the crowds are gone
        for (int i = 0; i < triggers * crowd; i++) {
            index.remove(triggers + i);
        }

        // Then
        assertThat(matches(event("x", "/471"))).containsExactly(471);
        assertFewReads(event("x", "/471"));
    }

    @Test
    void no_value_needs_to_be_rare_if_their_combination_is() {
        // Given
        int values = 140;
        for (int i = 0; i < values * values; i++) {
            index.put(i, all(exact("type", "t" + i / values), exact("source", "/" + i % values)));
        }

        // Then
        assertThat(matches(event("t17", "/23"))).containsExactly(17 * values + 23);
        assertFewReads(event("t17", "/23"));
    }

    @Test
    void a_trigger_that_two_alternatives_find_is_found_once() {
        // Given
        index.put(1, new Filter.Any(List.of(exact("type", "x"), exact("source", "/a"), new Filter.Everything())));
        index.put(2, new Filter.Any(List.of(exact("type", "x"), exact("source", "/a"))));
        index.put(3, cesql("type IN ('x', 'y') OR source = '/a'"));

        // Then
        assertThat(matches(event("x", "/a"))).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void an_expression_that_fails_to_cast_before_what_would_be_true_does_not_match() {
        // Given
        index.put(1, cesql("items IN ('aa') OR EXISTS items"));
        index.put(2, cesql("NOT (items NOT IN ('aa')) OR EXISTS items"));
        index.put(3, cesql("items = 'aa' OR EXISTS items"));
        CloudEventBuilder event =
                CloudEventBuilder.v1().withId("1").withSource(URI.create("/a")).withType("x");
        CloudEvent typed = event.newBuilder().withExtension("items", 5).build();
        CloudEvent text = event.newBuilder().withExtension("items", "5").build();

        // Then
        assertThat(matches(typed)).containsExactly(3);
        assertThat(matches(text)).containsExactlyInAnyOrder(1, 2, 3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_thousand_prefixes_or_suffixes_within_each_other_are_found_in_one_walk(boolean prefix) {
        // Given
        int depth = 1_000;
        String longest = "ab".repeat(depth / 2);
        for (int i = 1; i <= depth; i++) {
            index.put(
                    i,
                    prefix
                            ? new Filter.Prefix(Map.of("type", longest.substring(0, i)))
                            : new Filter.Suffix(Map.of("type", longest.substring(depth - i))));
        }
        String most = prefix ? longest.substring(0, 700) : longest.substring(300);
        ReadCountingEvent event = event(most, "/a");

        // When
        List<Integer> found = matches(event);

        // Then
        assertThat(found).hasSize(700).doesNotHaveDuplicates();
        assertThat(event.reads()).isEqualTo(Map.of("type", 1));
    }

    @Test
    void extensions_that_the_event_does_not_have_cost_nothing_however_many_are_asked_for() {
        // Given
        for (int i = 0; i < MANY; i++) {
            index.put(i, exact("x" + i, "y"));
        }
        ReadCountingEvent event = new ReadCountingEvent(CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/a"))
                .withType("x")
                .withExtension("x4711", "y")
                .withExtension("other", "y")
                .build());

        // When
        List<Integer> found = matches(event);

        // Then
        assertThat(found).containsExactly(4711);
        assertThat(event.reads()).isEqualTo(Map.of("x4711", 1));
    }

    @Test
    void a_match_allocates_nothing_whether_triggers_match_or_not() {
        // Given
        addMix(MANY);
        CloudEvent event = mixEvent(17);
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            found.clear();
            index.match(event, found);
        }
        assertThat(found).hasSize(8);

        // When
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            found.clear();
            index.match(event, found);
        }
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;

        // Then
        assertThat(bytes).isZero();
    }

    @Test
    void a_trigger_takes_less_than_four_kibibytes_with_its_filter() {
        // Given
        addMix(1_000);
        index.clear();

        // When
        long before = THREADS.getCurrentThreadAllocatedBytes();
        addMix(MANY);
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;

        // Then everything that was allocated on the way, garbage and the text of expressions included, is less
        assertThat(bytes / index.size()).isLessThan(4_096);
    }

    @Test
    void a_change_of_one_trigger_costs_the_same_among_many_as_among_few() {
        // Given
        addMix(80);
        changeOneTrigger();
        long amongFew = changeOneTrigger();
        addMix(MANY);

        // When
        long amongMany = changeOneTrigger();

        // Then
        assertThat(amongMany).isLessThan(2 * amongFew);
    }

    @Test
    void an_equal_filter_is_no_change() {
        // Given
        index.put(1, exact("type", "x"));

        // Then
        assertThat(index.put(1, exact("type", "x"))).isFalse();
        assertThat(index.put(1, exact("type", "y"))).isTrue();
        assertThat(matches(event("x", "/a"))).isEmpty();
        assertThat(matches(event("y", "/a"))).containsExactly(1);
        assertThat(index.remove(2)).isFalse();
    }

    @Test
    void clearing_it_leaves_nothing() {
        // Given
        addMix(80);

        // When
        index.clear();

        // Then
        assertThat(index.isClear()).isTrue();
        assertThat(matches(mixEvent(1))).isEmpty();
    }

    /** The bytes that it allocates stand for the work: both grow with what has to be rebuilt. */
    private long changeOneTrigger() {
        Filter filter = all(exact("type", "type3"), new Filter.Prefix(Map.of("source", "/3/orders")));
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10; i++) {
            index.put(-1, filter);
            index.remove(-1);
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private void addMix(int triggers) {
        for (int i = 0; i < triggers; i++) {
            int tenant = i / 8;
            index.put(
                    i,
                    switch (i % 8) {
                        case 0 -> exact("type", "type" + tenant);
                        case 1 -> new Filter.Prefix(Map.of("source", "/" + tenant + "/"));
                        case 2 -> new Filter.Suffix(Map.of("source", "/" + tenant));
                        case 3 -> new Filter.Attributes(Map.of("tenant", "t" + tenant, "region", ""));
                        case 4 -> all(exact("type", "type" + tenant), not(exact("region", "test" + tenant)));
                        case 5 -> new Filter.Any(List.of(exact("tenant", "t" + tenant), exact("type", "x" + tenant)));
                        case 6 -> cesql("tenant = 't" + tenant + "' AND (region != 'us' OR EXISTS express)");
                        default -> cesql("type LIKE 'type" + tenant + "' AND items > 1");
                    });
        }
    }

    private static CloudEvent mixEvent(int tenant) {
        return CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/" + tenant + "/" + tenant))
                .withType("type" + tenant)
                .withExtension("tenant", "t" + tenant)
                .withExtension("region", "eu")
                .withExtension("items", 5)
                .build();
    }

    private void assertFewReads(ReadCountingEvent event) {
        matches(event);
        assertThat(event.total()).as("%s", event.reads()).isLessThanOrEqualTo(FEW_READS);
    }

    private List<Integer> matches(CloudEvent event) {
        List<Integer> found = new ArrayList<>();
        index.match(event, found);
        return found;
    }

    private static ReadCountingEvent event(String type, String source) {
        return new ReadCountingEvent(CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create(source))
                .withType(type)
                .build());
    }

    private static Filter exact(String attribute, String value) {
        return new Filter.Exact(Map.of(attribute, value));
    }

    private static Filter all(Filter... filters) {
        return new Filter.All(List.of(filters));
    }

    private static Filter not(Filter filter) {
        return new Filter.Not(filter);
    }

    private static Filter cesql(String text) {
        try {
            return new Filter.Cesql(CesqlExpression.parse(text));
        } catch (CesqlSyntaxException e) {
            throw new AssertionError(text, e);
        }
    }
}
