#!/usr/bin/env bash
# Builds Prometheus 3 (server and promtool, without its pages and its service discovery) from Go modules into the cache in
# which the tests look for it: ~/.cache/weir-test/prometheus-3, or WEIR_TEST_CACHE. Needs Go >= 1.26 and 3 to 20 minutes.
set -euo pipefail
version=${PROMETHEUS_MODULE_VERSION:-v0.315.0} # Prometheus 3.15
folder=${WEIR_TEST_CACHE:-$HOME/.cache/weir-test}/prometheus-3
mkdir -p "$folder/build"
cd "$folder/build"
# "go install" refuses modules that replace others, so a module around it says the same.
cat >go.mod <<MODULE
module weir-test/prometheus

go 1.26.0

require github.com/prometheus/prometheus $version

replace cloud.google.com/go => cloud.google.com/go v0.123.0
MODULE
cat >tools.go <<'TOOLS'
//go:build tools

package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
TOOLS
export CGO_ENABLED=0 GOFLAGS=-mod=mod
commands=(github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool)
nice -n 19 go get -tags tools "${commands[@]/%/@$version}"
nice -n 19 go build -p "${JOBS:-1}" -tags netgo,remove_all_sd -ldflags "-s -w -X github.com/prometheus/common/version.Version=module-$version" -o "$folder/" "${commands[@]}"
"$folder/prometheus" --version
