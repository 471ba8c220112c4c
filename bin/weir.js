#!/usr/bin/env node
import '../dist/cmd/weir/main.js';
