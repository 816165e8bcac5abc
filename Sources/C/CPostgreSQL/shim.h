// libpq for Swift.
#pragma once
#include <postgresql/libpq-fe.h>
