//go:build tools

// Package manifest pins OpenFeature's command line.
package manifest

import _ "github.com/open-feature/cli/cmd/openfeature"
