/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.folder;

import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a file looks like from outside. A file that is replaced by a rename has another key, one that is written has
 * another time or size.
 *
 * @param modified nanoseconds
 * @param key the file system's identity of the file (device and inode), if it has one
 */
record FileSignature(long size, long modified, @Nullable Object key) {

    /** A name that leads nowhere: a link to nothing, or to itself. */
    static final FileSignature DANGLING = new FileSignature(-1, 0, null);

    static FileSignature of(BasicFileAttributes attributes) {
        return new FileSignature(
                attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS), attributes.fileKey());
    }
}
