/* No defect. */
#include "base.h"
