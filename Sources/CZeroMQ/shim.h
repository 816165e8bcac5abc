// What Swift cannot see of libzmq by itself.
#pragma once
#include <zmq.h>
