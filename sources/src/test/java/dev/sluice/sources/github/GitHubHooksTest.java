/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.github;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterHost;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.api.source.SourceCondition;
import dev.sluice.api.source.SourceCondition.State;
import dev.sluice.testkit.Answer;
import dev.sluice.testkit.ClosedPort;
import dev.sluice.testkit.GitHubStandIn;
import dev.sluice.testkit.GitHubStandIn.Attempt;
import dev.sluice.testkit.GitHubStandIn.Call;
import dev.sluice.testkit.GitHubStandIn.Hook;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.Waiting;
import io.cloudevents.CloudEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** The webhook on GitHub, kept by a source that has a token. */
final class GitHubHooksTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRET = "It's a Secret to Everybody";
    private static final SecretRef SECRET_REF = new SecretRef("github", "secret");
    private static final SecretRef TOKEN_REF = new SecretRef("github", "token");
    private static final ResourceName NAME = new ResourceName("shop", "kettle");

    /** Nothing is looked at twice, and nothing that somebody has to mend is tried again. */
    private static final HookPace ONCE = pace(Duration.ofHours(1));

    @RegisterExtension
    final RecordingSubscriber sluice = RecordingSubscriber.start();

    private final GitHubStandIn gitHub = GitHubStandIn.start();
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient();
    private final List<GitHubAdapter> adapters = new ArrayList<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private final URI url = sluice.uri("/shop/kettle");
    private volatile Optional<SourceCondition> condition = Optional.empty();
    private volatile Optional<URI> webhookUrl = Optional.of(url);

    private final AdapterHost host = new AdapterHost() {
        @Override
        public Vertx vertx() {
            return vertx;
        }

        @Override
        public Future<Void> emit(CloudEvent event) {
            return Future.failedFuture("no event is sent by this adapter");
        }

        @Override
        public void report(SourceCondition reported) {
            assertThat(reported.type()).isEqualTo("WebhookConfigured");
            condition = Optional.of(reported);
        }

        @Override
        public Optional<URI> webhookUrl() {
            return webhookUrl;
        }

        @Override
        public Future<HttpClientRequest> request(RequestOptions options) {
            return client.request(options);
        }

        @Override
        public void note(String what) {
            notes.add(what);
        }
    };

    @AfterEach
    void close() {
        adapters.forEach(adapter -> Waiting.on(adapter.close()));
        Waiting.on(vertx.close());
        gitHub.close();
    }

    private static HookPace pace(Duration look) {
        return new HookPace(
                look, Duration.ofMillis(50), Duration.ofMillis(200), look, Duration.ofMillis(5), Duration.ofSeconds(3));
    }

    private static GitHubDefinition definition(String repository, URI api, String... events) {
        return new GitHubDefinition(
                repository, Set.of(events), SECRET_REF, Optional.of(TOKEN_REF), api, Optional.empty(), false);
    }

    private GitHubDefinition definition(String... events) {
        return definition(GitHubStandIn.REPOSITORY, gitHub.api(), events);
    }

    private GitHubAdapter started(GitHubDefinition definition, String token, HookPace pace) {
        var secrets = new SecretValues(Map.of(SECRET_REF, SECRET + "\nolder", TOKEN_REF, token));
        var adapter = new GitHubAdapter(definition, new AdapterSetup(NAME, secrets, Clock.systemUTC()), pace);
        adapters.add(adapter);
        Waiting.on(adapter.start(host));
        return adapter;
    }

    private GitHubAdapter started(String... events) {
        return started(definition(events), GitHubStandIn.TOKEN, ONCE);
    }

    private SourceCondition awaitCondition(State state) {
        await().atMost(PATIENCE)
                .until(() -> condition.isPresent() && condition.get().state() == state);
        return condition.orElseThrow();
    }

    private long count(String call) {
        return gitHub.calls().stream()
                .filter(made -> made.toString().startsWith(call))
                .count();
    }

    private Hook own() {
        return gitHub.hooks().stream()
                .filter(hook -> hook.url().equals(url.toString()))
                .findFirst()
                .orElseThrow();
    }

    // ---- the webhook
    // --------------------------------------------------------------------------------------------------------

    @Test
    void the_webhook_is_created_as_the_resource_says() {
        // When
        started("push", "pull_request");

        // Then
        SourceCondition told = awaitCondition(State.TRUE);
        Hook hook = own();
        assertThat(gitHub.hooks()).hasSize(1);
        assertThat(hook.owner()).isEqualTo("tea-house/kettle");
        assertThat(hook.active()).isTrue();
        assertThat(hook.events()).containsExactlyInAnyOrder("push", "pull_request");
        assertThat(hook.contentType()).isEqualTo("json");
        assertThat(hook.secret()).as("the newest").isEqualTo(SECRET);
        assertThat(told.message()).contains(Long.toString(hook.id()), url.toString());
    }

    @Test
    void an_owner_alone_has_a_webhook_of_the_organisation() {
        // When
        started(definition("tea-house", gitHub.api(), "*"), GitHubStandIn.TOKEN, ONCE);

        // Then
        awaitCondition(State.TRUE);
        assertThat(own().owner()).isEqualTo("tea-house");
        assertThat(own().events()).containsExactly("*");
    }

    @Test
    void the_webhook_that_is_there_is_found_by_its_url_and_mended_and_others_are_left_alone() {
        // Given: more than fit on a page, its own among the last
        for (int i = 0; i < 120; i++) {
            gitHub.createByHand(GitHubStandIn.REPOSITORY, "https://ci.example.com/" + i, true, "push");
        }
        Hook before = gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), false, "issues");
        List<Hook> others = gitHub.hooks().subList(0, 120);

        // When
        started("push");

        // Then
        awaitCondition(State.TRUE);
        Hook hook = own();
        assertThat(hook.id()).isEqualTo(before.id());
        assertThat(hook.active()).isTrue();
        assertThat(hook.events()).containsExactly("push");
        assertThat(hook.secret()).isEqualTo(SECRET);
        assertThat(gitHub.hooks()).hasSize(121).containsAll(others);
    }

    @Test
    void a_webhook_that_is_changed_or_deleted_by_hand_is_set_up_anew() {
        // Given
        started(definition("push"), GitHubStandIn.TOKEN, pace(Duration.ofMillis(100)));
        awaitCondition(State.TRUE);

        // When
        gitHub.deleteByHand(own().id());

        // Then
        await().atMost(PATIENCE).until(() -> gitHub.hooks().size() == 1);
        assertThat(own().events()).containsExactly("push");
    }

    @Test
    void a_process_that_was_faster_is_not_quarrelled_with() {
        // Given
        gitHub.beforeCreation(() -> gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push"));

        // When
        started("push");

        // Then
        awaitCondition(State.TRUE);
        assertThat(gitHub.hooks()).hasSize(1);
        assertThat(own().secret()).isEqualTo(SECRET);
    }

    @Test
    void the_webhook_of_a_faster_process_that_is_not_listed_yet_is_looked_for_again_at_once() {
        // Given
        gitHub.beforeCreation(() -> {
            gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");
            gitHub.answerNext("GET", Answer.ok().withBody("application/json", "[]"));
        });

        // When: a refusal that somebody has to mend would be tried again in an hour
        started("push");

        // Then
        awaitCondition(State.TRUE);
        assertThat(gitHub.hooks()).hasSize(1);
        assertThat(own().secret()).isEqualTo(SECRET);
    }

    @Test
    void secure_decides_on_the_scheme_of_the_payload_url() {
        // Given
        var secure = new GitHubDefinition(
                GitHubStandIn.REPOSITORY,
                Set.of("push"),
                SECRET_REF,
                Optional.of(TOKEN_REF),
                gitHub.api(),
                Optional.of(true),
                false);

        // Then
        assertThat(secure.payloadUrl(URI.create("http://hooks.example.com/a/b")))
                .isEqualTo(URI.create("https://hooks.example.com/a/b"));
        assertThat(definition("push").payloadUrl(URI.create("http://hooks.example.com/a/b")))
                .isEqualTo(URI.create("http://hooks.example.com/a/b"));
    }

    // ---- what can go wrong
    // --------------------------------------------------------------------------------------------------

    @Test
    void without_a_url_that_github_reaches_nothing_is_set_up_and_the_condition_says_which_option() {
        // Given
        webhookUrl = Optional.empty();

        // When
        started("push");

        // Then
        SourceCondition told = awaitCondition(State.FALSE);
        assertThat(told.reason()).isEqualTo("WebhookUrlMissing");
        assertThat(told.message()).contains("--webhook-url");
        assertThat(gitHub.calls()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tea-house/kettle  | wrong    | push          | 401: Bad credentials     | spec.accessToken",
                "tea-house/kettle  | ghp_weak | push          | 403: Resource not access | admin:repo_hook",
                "tea-house         | ghp_weak | push          | 403: Resource not access | admin:org_hook",
                "tea-house/teapot  |          | push          | 404: Not Found           | spec.ownerAndRepository",
                "tea-house/kettle  |          | no_such_event | Events are invalid       | correct what GitHub names",
            })
    void what_github_refuses_is_told_with_what_to_do(
            String repository, String token, String event, String cause, String remedy) {
        // When
        started(definition(repository, gitHub.api(), event), token == null ? GitHubStandIn.TOKEN : token, ONCE);

        // Then
        SourceCondition told = awaitCondition(State.FALSE);
        assertThat(told.reason()).isEqualTo("CreationFailed");
        assertThat(told.message()).contains(cause, remedy).doesNotContain(SECRET, GitHubStandIn.TOKEN);
        assertThat(gitHub.hooks()).isEmpty();
    }

    @Test
    void a_repository_that_was_renamed_is_told_and_the_token_does_not_go_elsewhere() {
        // Given
        gitHub.answerNext(Answer.redirect(301, "http://127.0.0.1:1/repositories/17/hooks"));

        // When
        started("push");

        // Then
        assertThat(awaitCondition(State.FALSE).message()).contains("301", "its present name");
    }

    @Test
    void what_is_mended_on_github_counts_without_a_restart() {
        // Given
        gitHub.answerNext(Answer.status(404));
        started(definition("push"), GitHubStandIn.TOKEN, pace(Duration.ofMillis(200)));

        // Then
        awaitCondition(State.TRUE);
        assertThat(gitHub.hooks()).hasSize(1);
    }

    @Test
    void something_that_is_not_githubs_api_is_told() {
        // Given
        gitHub.answerNext(Answer.ok().withBody("text/html", "<html>Sign in to GitHub</html>"));

        // When
        started("push");

        // Then
        assertThat(awaitCondition(State.FALSE).message()).contains("no answer of GitHub's REST API", "githubAPIURL");
    }

    @Test
    void an_outage_is_waited_for() {
        // Given
        gitHub.answerNext(Answer.status(500));
        gitHub.answerNext(Answer.status(502));

        // When
        started("push");

        // Then
        awaitCondition(State.TRUE);
        assertThat(gitHub.calls()).extracting(Call::status).startsWith(500, 502, 200, 201);
    }

    @Test
    void an_outage_does_not_unsettle_a_webhook_that_is_there() {
        // Given
        started(definition("push"), GitHubStandIn.TOKEN, pace(Duration.ofMillis(100)));
        awaitCondition(State.TRUE);

        // When
        for (int i = 0; i < 3; i++) {
            gitHub.answerNext(Answer.status(503));
        }

        // Then
        await().atMost(PATIENCE)
                .until(() -> gitHub.calls().stream()
                                .filter(call -> call.status() == 503)
                                .count()
                        == 3);
        int seen = gitHub.calls().size();
        await().atMost(PATIENCE).until(() -> gitHub.calls().size() > seen + 1);
        assertThat(condition.orElseThrow().state()).isEqualTo(State.TRUE);
    }

    @ParameterizedTest
    @CsvSource({"403", "429"})
    void github_is_left_alone_for_as_long_as_it_asks(int status) {
        // Given
        gitHub.answerNext(Answer.status(status)
                .withHeader("retry-after", "1")
                .withBody("application/json", "{\"message\": \"You have exceeded a secondary rate limit\"}"));

        // When
        started("push");

        // Then
        awaitCondition(State.TRUE);
        List<Call> calls = gitHub.calls();
        assertThat(calls.get(1).nanos() - calls.get(0).nanos())
                .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(990));
    }

    @Test
    void a_limit_that_is_used_up_is_waited_for_until_it_is_reset() {
        // Given
        long reset = Instant.now().getEpochSecond() + 2;
        gitHub.answerNext(Answer.status(403)
                .withHeader("x-ratelimit-remaining", "0")
                .withHeader("x-ratelimit-reset", Long.toString(reset)));

        // When
        started("push");

        // Then
        awaitCondition(State.TRUE);
        assertThat(Instant.now()).isAfterOrEqualTo(Instant.ofEpochSecond(reset));
    }

    @Test
    void nothing_that_github_repeats_of_a_secret_is_shown_or_logged() {
        // Given
        var logger = (Logger) LoggerFactory.getLogger(HookKeeper.class);
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        logger.addAppender(log);
        gitHub.answerNext(Answer.status(422)
                .withBody("application/json", "{\"message\": \"no " + GitHubStandIn.TOKEN + " and " + SECRET + "\"}"));
        try {
            // When
            started("push");

            // Then
            assertThat(awaitCondition(State.FALSE).message())
                    .contains("no [hidden] and [hidden]")
                    .doesNotContain(SECRET, GitHubStandIn.TOKEN);
            await().atMost(PATIENCE).until(() -> !List.copyOf(log.list).isEmpty());
            assertThat(log.list)
                    .allSatisfy(line -> assertThat(line.getFormattedMessage() + line.getKeyValuePairs())
                            .doesNotContain(SECRET, GitHubStandIn.TOKEN));
        } finally {
            logger.detachAppender(log);
        }
        assertThat(new HookPlan(url, SECRET, Set.of("push")).toString()).doesNotContain(SECRET);
    }

    @Test
    void a_secret_that_can_be_no_token_is_refused_without_showing_it() {
        // Then
        assertThatIllegalArgumentException()
                .isThrownBy(() -> started(definition("push"), "ghp_a b", ONCE))
                .withMessageContaining("github[token]")
                .withMessageNotContaining("ghp_a");
    }

    // ---- what did not arrive
    // ------------------------------------------------------------------------------------------------

    @Test
    void what_failed_while_nobody_was_there_is_delivered_again_in_its_order_and_each_once() {
        // Given: over two pages, what arrived among it
        Hook hook = gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");
        gitHub.remember(hook.id(), "too-old", Duration.ofDays(4), false, 502, "push");
        gitHub.remember(hook.id(), "first", Duration.ofHours(30), false, 502, "push");
        for (int i = 0; i < 120; i++) {
            gitHub.remember(hook.id(), "arrived-" + i, Duration.ofHours(20), false, 202, "push");
        }
        gitHub.remember(hook.id(), "second", Duration.ofHours(2), false, 503, "push");
        gitHub.remember(hook.id(), "not-wanted", Duration.ofHours(1), false, 503, "issues");

        // When
        started("push");

        // Then
        await().atMost(PATIENCE).until(() -> sluice.count() == 2 && notes.size() == 2);
        assertThat(sluice.requests())
                .extracting(request -> request.headers().get("x-github-delivery"))
                .containsExactly("first", "second");
        assertThat(notes).containsOnly("redelivery");
        await().atMost(PATIENCE).until(() -> gitHub.attempts("second").size() == 2);
        assertThat(gitHub.attempts("second")).extracting(Attempt::redelivery).containsExactly(false, true);
    }

    @Test
    void one_that_github_does_not_deliver_again_does_not_keep_the_others_from_it() {
        // Given
        Hook hook = gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");
        gitHub.remember(hook.id(), "first", Duration.ofHours(3), false, 502, "push");
        gitHub.remember(hook.id(), "second", Duration.ofHours(2), false, 502, "push");
        gitHub.answerNext("POST", Answer.status(422));

        // When
        started("push");

        // Then
        await().atMost(PATIENCE).until(() -> notes.size() == 1 && sluice.count() == 1);
        assertThat(sluice.requests())
                .extracting(request -> request.headers().get("x-github-delivery"))
                .containsExactly("second");
    }

    @Test
    void an_outage_between_two_repetitions_repeats_the_rest_later() {
        // Given
        Hook hook = gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");
        gitHub.remember(hook.id(), "only", Duration.ofHours(3), false, 502, "push");
        gitHub.answerNext("POST", Answer.status(502));

        // When
        started("push");

        // Then
        await().atMost(PATIENCE).until(() -> sluice.count() == 1 && notes.size() == 1);
        assertThat(condition.orElseThrow().state()).isEqualTo(State.TRUE);
    }

    @Test
    void a_server_that_does_not_tell_of_deliveries_is_no_fault_of_the_webhook() {
        // Given: the list of webhooks, the new one, its deliveries
        gitHub.answerNext(Answer.ok().withBody("application/json", "[]"));
        gitHub.answerNext(Answer.status(201).withBody("application/json", "{\"id\": 7}"));
        gitHub.answerNext(Answer.status(404));

        // When
        started("push");

        // Then
        awaitCondition(State.TRUE);
        await().atMost(PATIENCE).until(() -> gitHub.calls().size() == 3);
        assertThat(condition.orElseThrow().state()).isEqualTo(State.TRUE);
    }

    // ---- the end
    // ------------------------------------------------------------------------------------------------------------

    @Test
    void a_source_that_is_gone_takes_its_webhook_with_it_and_no_other() {
        // Given
        Hook other = gitHub.createByHand(GitHubStandIn.REPOSITORY, "https://ci.example.com/", true, "push");
        GitHubAdapter adapter = started("push");
        awaitCondition(State.TRUE);

        // When
        Waiting.on(adapter.remove());

        // Then
        assertThat(gitHub.hooks()).containsExactly(other);
    }

    @Test
    void a_webhook_that_is_gone_already_is_no_obstacle() {
        // Given
        GitHubAdapter adapter = started("push");
        awaitCondition(State.TRUE);
        gitHub.deleteByHand(own().id());

        // When
        Waiting.on(adapter.remove());

        // Then
        assertThat(count("DELETE")).isEqualTo(1);
    }

    private GitHubAdapter neverStarted(GitHubDefinition definition) {
        var secrets = new SecretValues(Map.of(SECRET_REF, SECRET, TOKEN_REF, GitHubStandIn.TOKEN));
        return new GitHubAdapter(definition, new AdapterSetup(NAME, secrets, Clock.systemUTC()), ONCE);
    }

    @Test
    void a_process_that_has_never_run_a_source_takes_its_webhook_down() {
        // Given
        Hook other = gitHub.createByHand(GitHubStandIn.REPOSITORY, "https://ci.example.com/", true, "push");
        gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");

        // When
        Waiting.on(neverStarted(definition("push")).takeDown(host));
        Waiting.on(neverStarted(definition("push")).takeDown(host));

        // Then
        assertThat(gitHub.hooks()).containsExactly(other);
        assertThat(count("DELETE")).isEqualTo(1);
    }

    @Test
    void one_that_somebody_else_takes_down_meanwhile_is_down() {
        // Given: it goes between the look at the list and the request
        gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");
        gitHub.answerNext("DELETE", Answer.status(404));

        // Then
        Waiting.on(neverStarted(definition("push")).takeDown(host));
    }

    @Test
    void a_webhook_that_can_not_be_taken_down_is_told_with_what_to_do() {
        // Given
        gitHub.createByHand(GitHubStandIn.REPOSITORY, url.toString(), true, "push");
        gitHub.answerNext("DELETE", Answer.status(403));

        // When
        Future<Void> down = neverStarted(definition("push")).takeDown(host);

        // Then
        await().atMost(PATIENCE).until(down::failed);
        assertThat(down.cause()).hasMessageContaining("GitHub answered 403").hasMessageContaining("admin:repo_hook");
    }

    @Test
    void the_webhook_of_a_repository_that_is_gone_is_gone() {
        // Then
        Waiting.on(neverStarted(definition("tea-house/teapot", gitHub.api(), "push"))
                .takeDown(host));
        assertThat(gitHub.calls()).extracting(Call::status).containsExactly(404);
    }

    @Test
    void where_nobody_was_given_a_token_nothing_is_taken_down() {
        // Given
        var byHand = new GitHubDefinition(
                GitHubStandIn.REPOSITORY,
                Set.of("push"),
                SECRET_REF,
                Optional.empty(),
                gitHub.api(),
                Optional.empty(),
                false);

        // When
        Waiting.on(neverStarted(byHand).takeDown(host));

        // Then
        assertThat(byHand.leavesSomething()).isFalse();
        assertThat(definition("push").leavesSomething()).isTrue();
        assertThat(gitHub.calls()).isEmpty();
    }

    @Test
    void an_outage_at_the_end_is_waited_for_and_not_for_ever() {
        // Given
        GitHubAdapter adapter = started("push");
        awaitCondition(State.TRUE);
        gitHub.answerNext(Answer.status(503));

        // When
        Waiting.on(adapter.remove());

        // Then
        assertThat(gitHub.hooks()).isEmpty();
    }

    @Test
    void a_github_that_is_not_there_does_not_keep_a_source_from_ending() {
        // Given
        try (ClosedPort closed = ClosedPort.take()) {
            GitHubAdapter adapter =
                    started(definition(GitHubStandIn.REPOSITORY, closed.uri(), "push"), GitHubStandIn.TOKEN, ONCE);
            assertThat(awaitCondition(State.FALSE).message()).contains("can't be reached");

            // Then
            Waiting.on(adapter.remove());
        }
    }

    @Test
    void a_process_that_stops_leaves_the_webhook_where_it_is() {
        // Given
        GitHubAdapter adapter = started("push");
        awaitCondition(State.TRUE);

        // When
        Waiting.on(adapter.close());
        Waiting.on(adapter.close());

        // Then
        assertThat(gitHub.hooks()).hasSize(1);
        assertThat(count("DELETE")).isZero();
    }

    @Test
    void a_change_keeps_the_webhook_unless_it_is_of_another_repository() {
        // Given
        GitHubAdapter before = started("push");
        awaitCondition(State.TRUE);
        long id = own().id();

        // When: other events
        Waiting.on(before.giveWay(definition("issues")));
        GitHubAdapter after = started("issues");
        await().atMost(PATIENCE).until(() -> own().events().equals(List.of("issues")));

        // Then
        assertThat(own().id()).isEqualTo(id);

        // When: another repository
        Waiting.on(after.giveWay(definition("tea-house", gitHub.api(), "issues")));

        // Then
        assertThat(gitHub.hooks()).isEmpty();
    }
}
