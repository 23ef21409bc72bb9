/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

/**
 * What makes a resource the same one across changes and restarts.
 *
 * @param created RFC 3339, to the second
 */
record Identity(String uid, long generation, String created, String specDigest) {

    Identity withSpec(String digest) {
        return digest.equals(specDigest) ? this : new Identity(uid, generation + 1, created, digest);
    }
}
