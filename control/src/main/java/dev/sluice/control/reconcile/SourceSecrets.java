/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.SecretRef;
import dev.sluice.api.source.SecretValues;
import dev.sluice.control.resource.Source;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks up what stands in the Secrets that a source refers to. */
public final class SourceSecrets {

    private SourceSecrets() {}

    /** That one is not there. */
    public static final class MissingException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String reason;
        private final transient ResourceName secret;

        private MissingException(String reason, ResourceName secret, String message) {
            super(message, null, false, false);
            this.reason = reason;
            this.secret = secret;
        }

        ResourceName secret() {
            return secret;
        }

        /** CamelCase, stable. */
        public String reason() {
            return reason;
        }
    }

    /**
     * All that the source asks for.
     *
     * @throws MissingException if one is not there; the message says which and what to do
     */
    public static SecretValues of(Source source, Map<ResourceName, Secret> secrets) throws MissingException {
        Map<SecretRef, String> values = new HashMap<>();
        String namespace = source.getMetadata().getNamespace();
        for (SecretRef ref : source.definition().secrets()) {
            ResourceName name = new ResourceName(namespace, ref.name());
            Secret secret = secrets.get(name);
            if (secret == null) {
                throw new MissingException(
                        "SecretNotFound",
                        name,
                        "there is no Secret " + name + "; create it, or correct the secretKeyRef");
            }
            String value = value(secret, ref.key());
            if (value == null) {
                throw new MissingException(
                        "SecretKeyNotFound",
                        name,
                        "Secret " + name + " has no key \"" + ref.key()
                                + "\" with a readable value; write it into stringData, or as UTF-8 in Base64 into data");
            }
            values.put(ref, value);
        }
        return new SecretValues(values);
    }

    private static @Nullable String value(Secret secret, String key) {
        // What stands in both is what stands in stringData, as Kubernetes has it.
        String plain =
                secret.getStringData() == null ? null : secret.getStringData().get(key);
        if (plain != null) {
            return plain;
        }
        String encoded = secret.getData() == null ? null : secret.getData().get(key);
        if (encoded == null) {
            return null;
        }
        return SecretText.decode(encoded);
    }
}
