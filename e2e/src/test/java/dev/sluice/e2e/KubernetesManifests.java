/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.testkit.kube.Kubectl;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What {@code kubectl} makes of a folder in {@code deploy}. */
final class KubernetesManifests {

    /** The namespace that everything is deployed to. */
    static final String SYSTEM = "sluice-system";

    private static final ObjectMapper JSON = new ObjectMapper();

    private KubernetesManifests() {}

    /** The objects of an overlay such as {@code overlays/kafka}, in the order in which they are applied. */
    static List<JsonNode> of(Kubectl kubectl, String folder) {
        return parse(
                kubectl.must("kustomize", Repository.path("deploy/" + folder).toString()));
    }

    /** Applies the accounts of these folders and what they may do, and nothing that would run. */
    static void applyRights(Kubectl kubectl, String... folders) {
        for (String folder : folders) {
            kubectl.applyRights(Repository.path("deploy/" + folder));
        }
    }

    static List<JsonNode> parse(String yaml) {
        List<JsonNode> documents = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml)) {
            documents.add(JSON.valueToTree(document));
        }
        return documents;
    }

    /** Such as {@code policy/v1 PodDisruptionBudget}. */
    static String kind(JsonNode object) {
        return object.path("apiVersion").asText() + " " + object.path("kind").asText();
    }

    /** Such as {@code Deployment sluice-broker}. */
    static String name(JsonNode object) {
        return object.path("kind").asText() + " " + object.at("/metadata/name").asText();
    }
}
