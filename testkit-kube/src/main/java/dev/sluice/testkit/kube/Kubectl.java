/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.testkit.kube;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the real {@code kubectl}. Safe for any thread. */
public final class Kubectl {

    /** Longer than any of its own time-outs. */
    private static final long PATIENCE_SECONDS = 180;

    /** Of the object itself: what it holds is indented. */
    private static final Pattern KIND = Pattern.compile("(?m)^kind: (\\w+)$");

    private static final Set<String> RIGHTS =
            Set.of("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding");

    private final Path program;
    private final Path kubeconfig;
    private final Path scratch;

    Kubectl(Path program, Path kubeconfig, Path scratch) {
        this.program = program;
        this.kubeconfig = kubeconfig;
        this.scratch = scratch;
    }

    /**
     * What a run came to.
     *
     * @param status the exit status
     * @param out standard output
     * @param err standard error
     */
    public record Result(List<String> command, int status, String out, String err) {

        public Result {
            command = List.copyOf(command);
        }

        public boolean succeeded() {
            return status == 0;
        }

        @Override
        public String toString() {
            return "kubectl " + String.join(" ", command) + " ended with " + status + "\n" + out + err;
        }
    }

    /** Runs it and returns what came of it, whatever that is. */
    public Result run(String... arguments) {
        return runWith("", arguments);
    }

    /**
     * Runs it and asks for success.
     *
     * @return its standard output
     * @throws AssertionError if it failed, with everything it said
     */
    public String must(String... arguments) {
        return mustWith("", arguments);
    }

    /** As {@link #must}, with standard input. */
    public String mustWith(String input, String... arguments) {
        Result result = runWith(input, arguments);
        if (!result.succeeded()) {
            throw new AssertionError(result.toString());
        }
        return result.out();
    }

    /** Applies these documents; {@code ---} goes between them. */
    public String apply(String... documents) {
        return mustWith(String.join("\n---\n", documents), "apply", "-f", "-");
    }

    /**
     * Applies the namespaces, accounts and rights of a folder with a kustomization, and nothing that would run: there are no
     * nodes.
     */
    public void applyRights(Path folder) {
        String[] rights = Arrays.stream(must("kustomize", folder.toString()).split("\n---\n"))
                .filter(object -> {
                    Matcher kind = KIND.matcher(object);
                    return kind.find() && RIGHTS.contains(kind.group(1));
                })
                .toArray(String[]::new);
        apply(rights);
    }

    /** As {@link #run}, with standard input. */
    public Result runWith(String input, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.add("--kubeconfig=" + kubeconfig);
        command.add("--cache-dir=" + scratch.resolve("cache"));
        command.addAll(List.of(arguments));
        try {
            Files.createDirectories(scratch);
            // Files and not pipes: nobody has to read two of them at once.
            Path in = Files.createTempFile(scratch, "in", "");
            Path out = Files.createTempFile(scratch, "out", "");
            Path err = Files.createTempFile(scratch, "err", "");
            try {
                Files.writeString(in, input);
                ProcessBuilder builder = new ProcessBuilder(command)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
                builder.environment().remove("KUBECONFIG");
                // It is to see none of the settings of whoever runs the tests.
                builder.environment().put("HOME", scratch.toString());
                Process process = builder.start();
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                    throw new IllegalStateException("kubectl " + String.join(" ", arguments) + " did not end within "
                            + PATIENCE_SECONDS + " s\n" + Files.readString(out) + Files.readString(err));
                }
                return new Result(
                        List.of(arguments), process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                Files.deleteIfExists(in);
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while kubectl was running", e);
        }
    }
}
