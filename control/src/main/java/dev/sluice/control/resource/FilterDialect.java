/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.resource;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One element of {@code spec.filters}: an object with exactly one dialect. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"exact", "prefix", "suffix", "all", "any", "not", "cesql"})
public final class FilterDialect {

    private @Nullable Map<String, String> exact;
    private @Nullable Map<String, String> prefix;
    private @Nullable Map<String, String> suffix;
    private @Nullable List<FilterDialect> all;
    private @Nullable List<FilterDialect> any;
    private @Nullable FilterDialect not;
    private @Nullable String cesql;
    private final Map<String, Object> unknown = new LinkedHashMap<>();

    public @Nullable Map<String, String> getExact() {
        return exact;
    }

    public void setExact(@Nullable Map<String, String> exact) {
        this.exact = exact;
    }

    public @Nullable Map<String, String> getPrefix() {
        return prefix;
    }

    public void setPrefix(@Nullable Map<String, String> prefix) {
        this.prefix = prefix;
    }

    public @Nullable Map<String, String> getSuffix() {
        return suffix;
    }

    public void setSuffix(@Nullable Map<String, String> suffix) {
        this.suffix = suffix;
    }

    public @Nullable List<FilterDialect> getAll() {
        return all;
    }

    public void setAll(@Nullable List<FilterDialect> all) {
        this.all = all;
    }

    public @Nullable List<FilterDialect> getAny() {
        return any;
    }

    public void setAny(@Nullable List<FilterDialect> any) {
        this.any = any;
    }

    public @Nullable FilterDialect getNot() {
        return not;
    }

    public void setNot(@Nullable FilterDialect not) {
        this.not = not;
    }

    /** A CloudEvents SQL expression. */
    public @Nullable String getCesql() {
        return cesql;
    }

    public void setCesql(@Nullable String cesql) {
        this.cesql = cesql;
    }

    /** Fields that are no dialect we know. They are kept, because forgetting them would turn the filter into a wider one. */
    @JsonAnyGetter
    public Map<String, Object> getUnknown() {
        return unknown;
    }

    @JsonAnySetter
    public void setUnknown(String name, Object value) {
        unknown.put(name, value);
    }
}
