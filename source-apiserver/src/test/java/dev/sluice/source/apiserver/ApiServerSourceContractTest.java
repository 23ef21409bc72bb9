/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import dev.sluice.api.source.SourceKind;
import dev.sluice.testkit.SourceKindContractTest;
import io.vertx.core.json.JsonObject;

final class ApiServerSourceContractTest extends SourceKindContractTest {

    @Override
    protected SourceKind kind() {
        return new ApiServerSourceKind();
    }

    @Override
    protected JsonObject goodSpec() {
        return new JsonObject("""
                {"mode": "Resource",
                 "resources": [
                   {"apiVersion": "v1", "kind": "ConfigMap", "selector": {"matchLabels": {"app": "shop"}}},
                   {"apiVersion": "apps/v1", "kind": "Deployment"}],
                 "owner": {"apiVersion": "apps/v1", "kind": "ReplicaSet"},
                 "serviceAccountName": "watcher",
                 "namespaceSelector": {"matchExpressions": [{"key": "env", "operator": "In", "values": ["test"]}]},
                 "filters": [{"exact": {"type": "dev.knative.apiserver.resource.add"}}, {"cesql": "EXISTS name"}],
                 "sink": {"uri": "http://localhost:8888/"}}
                """);
    }
}
