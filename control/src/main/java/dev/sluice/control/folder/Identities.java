/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.control.store.ResourceKey;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** How the resources of a folder come by their UIDs. */
public enum Identities {
    /**
     * A UID is minted when a resource is seen first, and kept in the data directory. What is deleted and made again is
     * another resource; so is what another process sees, with a data directory of its own.
     */
    MINTED {
        @Override
        String uid(ResourceKey key) {
            return UUID.randomUUID().toString();
        }

        @Override
        Map<ResourceKey, Identity> known(Map<ResourceKey, Identity> stored) {
            return stored;
        }
    },
    /**
     * A UID follows from kind, namespace and name, so that all processes which read the same files agree without a word.
     * What is deleted and made again has the UID that it had.
     */
    NAMED {
        @Override
        String uid(ResourceKey key) {
            return UUID.nameUUIDFromBytes(key.toString().getBytes(UTF_8)).toString();
        }

        @Override
        Map<ResourceKey, Identity> known(Map<ResourceKey, Identity> stored) {
            Map<ResourceKey, Identity> named = new HashMap<>();
            stored.forEach((key, identity) -> named.put(
                    key, new Identity(uid(key), identity.generation(), identity.created(), identity.specDigest())));
            return named;
        }
    };

    /** For a resource that has none. */
    abstract String uid(ResourceKey key);

    /** What was stored by an earlier process, perhaps one that minted, as it counts now. */
    abstract Map<ResourceKey, Identity> known(Map<ResourceKey, Identity> stored);
}
