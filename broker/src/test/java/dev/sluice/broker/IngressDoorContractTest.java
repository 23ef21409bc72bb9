/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.broker;

import dev.sluice.testkit.HttpDoorContractTest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;

final class IngressDoorContractTest extends HttpDoorContractTest {

    @Override
    protected Door open(Limits limits) throws Exception {
        IngressFixture fixture = IngressFixture.open(new IngressSettings(
                "127.0.0.1",
                0,
                limits.bodyBytes(),
                limits.requestTimeout(),
                Duration.ofSeconds(20),
                limits.headerBytes(),
                10_000,
                255,
                limits.connections()));
        return new OpenIngress(fixture);
    }

    @Override
    protected String path() {
        return "/default/default";
    }

    @Override
    protected Map<String, String> headers() {
        return Map.of("ce-specversion", "1.0", "ce-id", "1", "ce-source", "/s", "ce-type", "t");
    }

    private static final class OpenIngress implements Door {

        private final IngressFixture fixture;
        private final Promise<Void> held = Promise.promise();

        OpenIngress(IngressFixture fixture) {
            this.fixture = fixture;
        }

        @Override
        public int port() {
            return fixture.port;
        }

        @Override
        public void hold() {
            fixture.channel.answersWith(held::future);
        }

        @Override
        public void goOn() {
            fixture.channel.answersWith(Future::succeededFuture);
            held.complete();
        }

        @Override
        public long passedOn() {
            return fixture.channel.appends().size();
        }

        @Override
        public double refused(int status) {
            double count = 0;
            for (Refusal refusal : Refusal.values()) {
                if (refusal.status() == status) {
                    count += fixture.refused("default", refusal.reason()) + fixture.refused("", refusal.reason());
                }
            }
            return count;
        }

        @Override
        public long bytesHeld() {
            return fixture.ingress.budget().taken();
        }

        @Override
        public int connections() {
            return fixture.ingress.connections().get();
        }

        @Override
        public void stopAccepting() {
            fixture.ingress.stopAccepting();
        }

        @Override
        public void close() throws Exception {
            fixture.close();
        }
    }
}
