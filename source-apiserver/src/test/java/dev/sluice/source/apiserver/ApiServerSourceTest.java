/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SinkException;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.testkit.Waiting;
import dev.sluice.testkit.WrittenField;
import io.cloudevents.CloudEvent;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ApiServerSourceTest {

    private static final ResourceName NAME = new ResourceName("shop", "watch");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CONFIG_MAPS = "'resources': [{'apiVersion': 'v1', 'kind': 'ConfigMap'}]";

    private final Vertx vertx = Vertx.vertx();
    private final ScriptedApiServer server = ScriptedApiServer.start(vertx);
    private final List<SourceAdapter> adapters = new ArrayList<>();
    private RecordingHost host = new RecordingHost(vertx);
    /** Of the source. */
    private String uid = "first";

    @AfterEach
    void close() {
        host.release();
        adapters.forEach(adapter -> Waiting.on(adapter.close()));
        server.close();
        Waiting.on(vertx.close());
    }

    private Config config() {
        Config config =
                new ConfigBuilder(Config.empty()).withMasterUrl(server.url()).build();
        config.setNamespace("sluice");
        return config;
    }

    private SourceDefinition definition(String spec) {
        WrittenField field = WrittenField.spec(new JsonObject(spec.replace('\'', '"')));
        SourceDefinition definition = new ApiServerSourceKind(new ClusterAccess(this::config))
                .read(NAME, WrittenField.metadata(new JsonObject().put("uid", uid)), field);
        assertThat(field.errors()).isEmpty();
        return Objects.requireNonNull(definition);
    }

    private SourceAdapter start(String spec) {
        SourceAdapter adapter =
                definition(spec).adapter(new AdapterSetup(NAME, SecretValues.none(), Clock.systemUTC()));
        adapters.add(adapter);
        vertx.runOnContext(begin -> {
            var unused = adapter.start(host);
        });
        return adapter;
    }

    private SourceAdapter startAndSee(String spec) {
        SourceAdapter adapter = start(spec);
        awaitDeployed();
        return adapter;
    }

    private void awaitDeployed() {
        await().atMost(PATIENCE).until(() -> host.condition("Deployed").equals("TRUE"));
    }

    private void awaitTold(String... told) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(host.told()).containsExactly(told));
    }

    private void stop(SourceAdapter adapter) {
        Waiting.on(adapter.close());
        host = new RecordingHost(vertx);
    }

    @BeforeEach
    void something_is_there_already() {
        server.put("shop", "old", "1");
    }

    @Test
    void what_happens_to_an_object_is_told_with_knatives_attributes_and_the_bytes_of_the_object() {
        // Given
        startAndSee("{'mode': 'Resource', " + CONFIG_MAPS + "}");

        // When
        server.put("shop", "cart", "one");
        server.put("shop", "cart", "two");
        server.delete("shop", "cart");
        server.put("elsewhere", "other", "1");

        // Then: what was there before is not told, nor what is in another namespace
        awaitTold("add cart", "update cart", "delete cart");
        CloudEvent event = host.events().get(0);
        assertThat(event.getType()).isEqualTo("dev.knative.apiserver.resource.add");
        assertThat(event.getSource()).isEqualTo(URI.create(server.url()));
        assertThat(event.getSubject()).isEqualTo("/apis/v1/namespaces/shop/configmaps/cart");
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(event.getTime()).isNotNull();
        assertThat(event.getExtension("kind")).isEqualTo("ConfigMap");
        assertThat(event.getExtension("apiversion")).isEqualTo("v1");
        assertThat(event.getExtension("namespace")).isEqualTo("shop");
        assertThat(data(event)).contains("\"data\":{\"value\":\"one\"}").startsWith("{\"kind\":\"ConfigMap\"");
        assertThat(host.events()).extracting(CloudEvent::getId).doesNotHaveDuplicates();
        assertThat(host.condition("SufficientPermissions")).isEqualTo("TRUE");
    }

    @Test
    void a_reference_says_which_object_it_is_and_nothing_else() {
        // Given
        startAndSee("{" + CONFIG_MAPS + "}");

        // When
        server.put("shop", "cart", "one");

        // Then
        awaitTold("add cart");
        CloudEvent event = host.events().get(0);
        assertThat(event.getType()).isEqualTo("dev.knative.apiserver.ref.add");
        assertThat(new JsonObject(data(event)))
                .isEqualTo(new JsonObject()
                        .put("apiVersion", "v1")
                        .put("kind", "ConfigMap")
                        .put("namespace", "shop")
                        .put("name", "cart"));
    }

    private static String data(CloudEvent event) {
        return new String(Objects.requireNonNull(event.getData()).toBytes(), UTF_8);
    }

    @Test
    void the_types_and_the_source_are_known_beforehand() {
        // Then
        assertThat(definition("{" + CONFIG_MAPS + "}").events())
                .extracting(event -> event.type() + " " + event.source())
                .containsExactly(
                        "dev.knative.apiserver.ref.add " + server.url(),
                        "dev.knative.apiserver.ref.update " + server.url(),
                        "dev.knative.apiserver.ref.delete " + server.url());
    }

    @Test
    void only_what_the_selector_the_owner_and_the_filters_let_through_is_told() {
        // Given
        startAndSee("""
                {'resources': [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'selector': {'matchLabels': {'app': 'shop'}}}],
                 'owner': {'apiVersion': 'apps/v1', 'kind': 'ReplicaSet'},
                 'filters': [{'prefix': {'name': 'wanted'}}]}
                """);
        var labels = Map.of("app", "shop");
        var owned = List.of(new JsonObject()
                .put("apiVersion", "apps/v1")
                .put("kind", "ReplicaSet")
                .put("controller", true));

        // When
        server.put("configmaps", "shop", "wanted-0", "", Map.of("ownerReferences", owned));
        server.put("configmaps", "shop", "wanted-1", "", Map.of("labels", labels));
        server.put("configmaps", "shop", "other", "", Map.of("labels", labels, "ownerReferences", owned));
        server.put("configmaps", "shop", "wanted-2", "", Map.of("labels", labels, "ownerReferences", owned));

        // Then
        awaitTold("add wanted-2");
    }

    @Test
    void a_restart_goes_on_where_the_sink_had_everything_and_tells_what_came_meanwhile() {
        // Given
        SourceAdapter first = startAndSee("{" + CONFIG_MAPS + "}");
        server.put("shop", "before", "1");
        awaitTold("add before");
        stop(first);

        // When
        server.put("shop", "meanwhile", "1");
        server.put("shop", "old", "2");
        server.delete("shop", "before");
        startAndSee("{" + CONFIG_MAPS + "}");
        server.put("shop", "after", "1");

        // Then
        awaitTold("add meanwhile", "update old", "delete before", "add after");
    }

    @Test
    void what_the_sink_did_not_have_when_it_ended_is_told_again_with_the_same_id() {
        // Given
        SourceAdapter first = startAndSee("{" + CONFIG_MAPS + "}");
        server.put("shop", "taken", "1");
        awaitTold("add taken");
        host.hold();
        server.put("shop", "pending", "1");
        await().atMost(PATIENCE).until(() -> host.events().size() == 2);
        String id = host.events().get(1).getId();
        stop(first);

        // When
        startAndSee("{" + CONFIG_MAPS + "}");

        // Then
        awaitTold("add pending");
        assertThat(host.events().get(0).getId()).isEqualTo(id);
    }

    @Test
    void when_the_api_server_forgot_where_it_was_only_the_differences_are_told() {
        // Given
        server.pagesOf(2);
        server.put("shop", "kept", "1");
        server.put("shop", "changed", "1");
        server.put("shop", "deleted", "1");
        startAndSee("{'mode': 'Resource', " + CONFIG_MAPS + "}");
        server.awaitWatches(1);

        // When: it says so, after things have happened that it does not tell any more
        synchronized (server) {
            server.put("shop", "told", "1");
            server.expireWatches();
            server.put("shop", "changed", "2");
            server.put("shop", "added", "1");
            server.delete("shop", "deleted");
            server.forget();
        }

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(host.told())
                        .containsExactlyInAnyOrder("add told", "update changed", "add added", "delete deleted"));
        CloudEvent deleted = host.events().stream()
                .filter(event -> event.getType().endsWith("delete"))
                .findFirst()
                .orElseThrow();
        assertThat(data(deleted)).contains("\"name\":\"deleted\"", "\"kind\":\"ConfigMap\"", "\"uid\"");
        server.awaitWatches(1);
        server.put("shop", "later", "1");
        await().atMost(PATIENCE).until(() -> host.told().contains("add later"));
    }

    @Test
    void a_restart_after_which_the_api_server_forgot_tells_what_is_newer_and_nothing_else() {
        // Given
        server.put("shop", "kept", "1");
        SourceAdapter first = startAndSee("{" + CONFIG_MAPS + "}");
        server.put("shop", "told", "1");
        awaitTold("add told");
        stop(first);

        // When
        server.put("shop", "old", "2");
        server.forget();
        startAndSee("{" + CONFIG_MAPS + "}");

        // Then
        server.awaitWatches(1);
        server.put("shop", "later", "1");
        await().atMost(PATIENCE).until(() -> host.told().contains("add later"));
        // Created within the second in which it was kept, it may be either.
        assertThat(host.told()).hasSize(2).first().asString().endsWith(" old");
    }

    @Test
    void connections_that_break_lose_and_repeat_nothing() {
        // Given
        startAndSee("{" + CONFIG_MAPS + "}");
        List<String> expected = new ArrayList<>();

        // When
        for (int i = 0; i < 10; i++) {
            server.awaitWatches(1);
            server.put("shop", "cart-" + i, "1");
            expected.add("add cart-" + i);
            server.dropConnections();
            server.put("shop", "cart-" + i, "2");
            expected.add("update cart-" + i);
        }

        // Then
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(host.told()).containsExactlyInAnyOrderElementsOf(expected));
    }

    @Test
    void of_one_object_one_event_is_on_its_way_at_a_time_and_other_objects_do_not_wait_for_it() {
        // Given
        startAndSee("{" + CONFIG_MAPS + "}");
        host.hold();

        // When
        server.put("shop", "slow", "1");
        server.put("shop", "slow", "2");
        server.put("shop", "slow", "3");
        server.put("shop", "other", "1");

        // Then
        awaitTold("add slow", "add other");
        host.release();
        awaitTold("add slow", "add other", "update slow", "update slow");
    }

    @Test
    void while_the_sink_takes_nothing_no_more_is_read_than_there_is_room_for_and_nothing_is_lost() {
        // Given
        startAndSee("{'mode': 'Resource', " + CONFIG_MAPS + "}");
        host.hold();
        int count = 60;
        String large = "x".repeat(500_000);

        // When: far more than the buffers of a connection hold
        for (int i = 0; i < count; i++) {
            server.put("shop", "large-" + i, large);
        }

        // Then
        await().atMost(PATIENCE).until(() -> !host.events().isEmpty() && server.isHeldUp());
        await().during(Duration.ofMillis(500)).atMost(PATIENCE).until(server::isHeldUp);
        // And: nor does another connection bring more
        server.dropConnections();
        await().during(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> server.watches() == 0);
        assertThat(host.events()).hasSizeLessThan(5);
        host.release();
        await().atMost(PATIENCE).until(() -> host.events().size() == count);
        assertThat(host.told()).doesNotHaveDuplicates();
    }

    @Test
    void an_event_that_the_sink_refuses_for_good_is_given_up_and_shown_and_the_next_goes_on() {
        // Given
        host.answer(event -> Objects.equals(event.getExtension("name"), "bad")
                ? Future.failedFuture(new SinkException("the sink answered 400", false))
                : Future.succeededFuture());
        startAndSee("{" + CONFIG_MAPS + "}");

        // When
        server.put("shop", "bad", "1");

        // Then
        await().atMost(PATIENCE).until(() -> host.condition("Delivering").equals("FALSE SinkRefused"));
        assertThat(host.message("Delivering")).contains("the sink answered 400");
        server.put("shop", "good", "1");
        awaitTold("add bad", "add good");
        await().atMost(PATIENCE).until(() -> host.condition("Delivering").equals("TRUE"));
    }

    @Test
    void an_event_that_the_sink_does_not_take_for_now_is_tried_until_it_does() {
        // Given
        host.answer(event -> Future.failedFuture(new SinkException("the sink answered 503", true)));
        startAndSee("{" + CONFIG_MAPS + "}");

        // When
        server.put("shop", "cart", "1");
        await().atMost(PATIENCE).until(() -> host.condition("Delivering").equals("FALSE SinkUnavailable"));
        host.answer(event -> Future.succeededFuture());

        // Then
        await().atMost(PATIENCE).until(() -> host.condition("Delivering").equals("TRUE"));
        assertThat(host.told()).hasSizeGreaterThan(1).allMatch("add cart"::equals);
        assertThat(host.events())
                .extracting(CloudEvent::getId)
                .containsOnly(host.events().get(0).getId());
    }

    @Test
    void an_event_that_is_being_tried_when_the_source_ends_is_not_tried_any_more() {
        // Given
        Promise<Void> attempt = Promise.promise();
        host.answer(event -> attempt.future());
        SourceAdapter adapter = startAndSee("{" + CONFIG_MAPS + "}");
        server.put("shop", "cart", "1");
        awaitTold("add cart");
        boolean before = host.isWanted();

        // When
        Future<Void> closed = adapter.close();
        await().atMost(PATIENCE).until(() -> !host.isWanted());
        attempt.fail(new SinkException("the event is not this source's to send any more", true));

        // Then
        assertThat(before).isTrue();
        Waiting.on(closed);
        assertThat(host.condition("Delivering"))
                .as("it is not the sink's fault")
                .isEmpty();
    }

    @Test
    void what_may_not_be_watched_is_shown_and_watched_as_soon_as_it_may_be() {
        // Given
        server.forbid(true);
        start("{'serviceAccountName': 'watcher', " + CONFIG_MAPS + "}");

        // When
        await().atMost(PATIENCE)
                .until(() -> host.condition("SufficientPermissions").equals("FALSE Forbidden"));
        assertThat(host.message("SufficientPermissions")).contains("configmaps is forbidden", "get, list and watch");
        server.forbid(false);

        // Then
        await().atMost(PATIENCE)
                .until(() -> host.condition("SufficientPermissions").equals("TRUE"));
        awaitDeployed();
        server.put("shop", "cart", "1");
        awaitTold("add cart");
        assertThat(server.usersOf("configmaps")).containsExactly("system:serviceaccount:shop:watcher");
    }

    @Test
    void a_kind_that_does_not_exist_is_shown_and_watched_once_it_does() {
        // Given
        server.knowKinds(false);
        start("{" + CONFIG_MAPS + "}");

        // When
        await().atMost(PATIENCE).until(() -> host.condition("Deployed").equals("FALSE UnknownKind"));
        assertThat(host.message("Deployed")).contains("no kind ConfigMap in v1");
        server.knowKinds(true);

        // Then
        awaitDeployed();
        server.put("shop", "cart", "1");
        awaitTold("add cart");
    }

    @Test
    void all_namespaces_are_one_watch() {
        // Given
        startAndSee("{'namespaceSelector': {}, " + CONFIG_MAPS + "}");

        // When
        server.put("one", "a", "1");
        server.put("two", "b", "1");

        // Then
        awaitTold("add a", "add b");
        assertThat(server.watches()).isEqualTo(1);
    }

    @Test
    void namespaces_are_watched_while_they_are_selected_and_from_their_first_object_on() {
        // Given
        var live = Map.of("labels", Map.of("env", "live"));
        server.put("namespaces", "", "first", "", live);
        server.put("namespaces", "", "unselected", "", Map.of());
        server.put("first", "existing", "1");
        startAndSee("{'namespaceSelector': {'matchLabels': {'env': 'live'}}, " + CONFIG_MAPS + "}");

        // When: what is in a new namespace is there before anybody can watch it
        synchronized (server) {
            server.put("namespaces", "", "second", "", live);
            server.put("second", "early", "1");
            server.put("unselected", "other", "1");
        }
        await().atMost(PATIENCE).until(() -> host.told().contains("add early"));
        server.awaitWatches(3);
        server.put("first", "late", "1");
        await().atMost(PATIENCE).until(() -> host.told().contains("add late"));

        // Then
        server.delete("namespaces", "", "second");
        server.awaitWatches(2);
        server.put("second", "unheard", "1");
        server.put("first", "last", "1");
        await().atMost(PATIENCE).until(() -> host.told().contains("add last"));
        assertThat(host.told()).containsExactlyInAnyOrder("add early", "add late", "add last");
    }

    @Test
    void it_is_not_ready_before_it_is_kept_from_where_on_it_tells() {
        // Given
        server.holdSaves();

        // When
        start("{" + CONFIG_MAPS + "}");

        // Then
        await().atMost(PATIENCE).until(server::isSaveHeld);
        assertThat(host.condition("Deployed")).isEqualTo("UNKNOWN Starting");
        server.letSavesThrough();
        awaitDeployed();
        assertThat(server.position()).isNotEmpty();
    }

    @Test
    void what_happens_once_it_is_ready_is_told_by_another_though_it_is_killed_at_once() {
        // Given: one that gets nothing out any more
        startAndSee("{" + CONFIG_MAPS + "}");
        RecordingHost killed = host;
        killed.hold();
        server.put("shop", "meanwhile", "1");

        // When
        host = new RecordingHost(vertx);
        startAndSee("{" + CONFIG_MAPS + "}");

        // Then
        awaitTold("add meanwhile");
        killed.release();
    }

    @Test
    void its_own_position_is_no_event_and_does_not_keep_it_busy() {
        // Given
        startAndSee("{'namespaceSelector': {}, " + CONFIG_MAPS + "}");
        server.put("shop", "cart", "1");
        awaitTold("add cart");

        // When
        await().atMost(PATIENCE).until(() -> !server.position().isEmpty());
        long saves = server.saves();
        server.bookmark();

        // Then
        await().during(Duration.ofMillis(2_500)).atMost(PATIENCE).until(() -> server.saves() <= saves + 1);
        assertThat(host.told()).containsExactly("add cart");
    }

    @Test
    void a_source_that_is_removed_takes_its_position_with_it() {
        // Given
        SourceAdapter adapter = startAndSee("{" + CONFIG_MAPS + "}");
        await().atMost(PATIENCE).until(() -> !server.position().isEmpty());

        // When
        Waiting.on(adapter.remove());

        // Then
        assertThat(server.position()).isEmpty();
    }

    @Test
    void a_source_does_not_go_on_where_another_of_its_name_was_left() {
        // Given
        SourceAdapter first = startAndSee("{" + CONFIG_MAPS + "}");
        await().atMost(PATIENCE).until(() -> !server.position().isEmpty());
        stop(first);
        server.put("shop", "cart", "1");

        // When
        uid = "second";
        startAndSee("{" + CONFIG_MAPS + "}");
        server.put("shop", "last", "1");

        // Then
        awaitTold("add last");
    }

    @Test
    void without_a_cluster_it_says_so() {
        // Given
        var access = new ClusterAccess(() -> {
            throw new IllegalStateException("there is no kubeconfig; set KUBECONFIG");
        });
        WrittenField field = WrittenField.spec(new JsonObject(("{" + CONFIG_MAPS + "}").replace('\'', '"')));
        SourceDefinition definition = Objects.requireNonNull(
                new ApiServerSourceKind(access).read(NAME, WrittenField.metadata(new JsonObject()), field));
        SourceAdapter adapter = definition.adapter(new AdapterSetup(NAME, SecretValues.none(), Clock.systemUTC()));
        adapters.add(adapter);

        // When
        vertx.runOnContext(begin -> {
            var unused = adapter.start(host);
        });

        // Then
        await().atMost(PATIENCE).until(() -> host.condition("Deployed").equals("FALSE NoCluster"));
        assertThat(host.message("Deployed")).contains("set KUBECONFIG");
        assertThat(definition.events()).isEmpty();
    }
}
