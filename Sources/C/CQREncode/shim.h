// libqrencode 4: text in, a matrix of modules out. `QRCode` wraps it.
#pragma once
#include <qrencode.h>
