/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.bench;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/** What a JVM of this machine takes, by the id of its process. */
final class ProcessMeter implements AutoCloseable {

    /** Ticks of /proc/PID/stat in a second; the same on every Linux that Java runs on. */
    private static final long TICKS_PER_SECOND = 100;

    private final long pid;
    /** Opened when first asked for, since it costs the process some megabytes. */
    private @Nullable JMXConnector jmx;

    private @Nullable ThreadMXBean threads;

    ProcessMeter(long pid) {
        this.pid = pid;
    }

    /** User and system time since the start, in microseconds, to a hundredth of a second. */
    long cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        // The command name, in brackets, may hold spaces; utime and stime are the 12th and 13th field behind it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return ticks * TimeUnit.SECONDS.toMicros(1) / TICKS_PER_SECOND;
    }

    /** Memory of the process that is in the machine's memory now. */
    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return 1024L * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no resident memory of process " + pid);
    }

    /** Threads of the process, those of the JVM included. */
    long threadCount() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return tasks.count();
        }
    }

    /** What the threads that live have allocated, but for those that answer this question. */
    long allocatedBytes() throws IOException {
        ThreadMXBean threads = threads();
        long[] ids = threads.getAllThreadIds();
        ThreadInfo[] infos = threads.getThreadInfo(ids);
        long[] allocated = threads.getThreadAllocatedBytes(ids);
        long sum = 0;
        for (int i = 0; i < ids.length; i++) {
            if (infos[i] != null
                    && allocated[i] > 0
                    && !infos[i].getThreadName().startsWith("RMI ")) {
                sum += allocated[i];
            }
        }
        return sum;
    }

    /** The beans that the JVM shows. */
    MBeanServerConnection beans() throws IOException {
        JMXConnector open = jmx;
        if (open == null) {
            open = connect(pid);
            jmx = open;
        }
        return open.getMBeanServerConnection();
    }

    private ThreadMXBean threads() throws IOException {
        ThreadMXBean open = threads;
        if (open == null) {
            open = ManagementFactory.newPlatformMXBeanProxy(
                    beans(), ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
            threads = open;
        }
        return open;
    }

    /**
     * Asks the JVM for its management server, which is local and opened by the process itself; no address that somebody else
     * could have chosen is looked up.
     */
    @SuppressWarnings("BanJNDI")
    private static JMXConnector connect(long pid) throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("can't attach to process " + pid, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (jmx != null) {
            jmx.close();
        }
    }
}
