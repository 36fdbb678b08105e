/* SPDX-License-Identifier: Apache-2.0 */
/* Everything: one include for programs that use more than one subject. */
#ifndef RELIEF_RELIEF_H
#define RELIEF_RELIEF_H

#include "relief/base.h"
#include "relief/batch.h"
#include "relief/catalogue.h"
#include "relief/depth.h"
#include "relief/image.h"
#include "relief/mesh.h"
#include "relief/model.h"
#include "relief/page.h"
#include "relief/path.h"
#include "relief/render.h"
#include "relief/scene.h"
#include "relief/store.h"
#include "relief/surface.h"
#include "relief/video.h"
#include "relief/window.h"

#endif
