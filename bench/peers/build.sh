#!/usr/bin/env bash
# Builds the peers into bench/peers/bin: the Go Collector (Go >= 1.26, some 5 CPU minutes) and rotel (its PyPI wheel, Python 3.11).
# What cannot be built is left out with a line that says so; run.ts then measures without it.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p bin

build_otelcol() {
  GOBIN="$PWD/bin" go install go.opentelemetry.io/collector/cmd/builder@v0.155.0
  # The builder would resolve all test-only modules too, and a proxy may not serve them; so it only generates the sources,
  # and "go build" takes what they import.
  bin/builder --config builder.yaml --skip-compilation --skip-get-modules
  {
    printf 'module otelcol-peer\n\ngo 1.25.0\n\nrequire (\n'
    sed -n 's/.*gomod: /\t/p' builder.yaml
    printf '\tgo.opentelemetry.io/collector/otelcol v0.155.0\n)\n'
  } >bin/otelcol-build/go.mod
  (cd bin/otelcol-build && CGO_ENABLED=0 go build -mod=mod -trimpath -ldflags '-s -w' -o ../otelcol-peer .)
}

build_rotel() {
  [ -d bin/venv ] || python3 -m venv bin/venv
  bin/venv/bin/pip install -q "rotel==0.0.1a15"
  cp "$(bin/venv/bin/python -c 'import rotel, os; print(os.path.dirname(rotel.__file__))')/rotel-agent" bin/rotel
}

if [ ! -x bin/otelcol-peer ] || [ builder.yaml -nt bin/otelcol-peer ]; then
  if command -v go >/dev/null; then build_otelcol || echo "skipped: the Go Collector did not build"; else echo "skipped: the Go Collector needs Go"; fi
fi
if [ ! -x bin/rotel ]; then
  if command -v python3 >/dev/null; then build_rotel || echo "skipped: rotel could not be installed"; else echo "skipped: rotel needs Python 3.11"; fi
fi
ls -l bin
