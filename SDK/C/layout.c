/* Compiles the ABI header on its own, so that its static asserts are checked by every build. */
#include "torii/plugin.h"
