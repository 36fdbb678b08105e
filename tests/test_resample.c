/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling against PyTorch's interpolate() in double, and against exact integration over boxes.
 */
#include "image/resample.h"
#include "tests/testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Made by torch.nn.functional.interpolate() from `source` (7 rows of 5 pixels, 3 channels) in
 * float64. "up" is 9 x 11, "down" 3 x 4 (corners: 3 x 2) rows x columns. */
static const float source[] = {
    1.682f,  2.22f,   -0.91f,  2.23f,   0.874f,  1.06f,   1.52f,   0.142f,  2.918f,  -0.786f,
    0.11f,   0.532f,  1.284f,  0.632f,  -0.476f, -0.82f,  -0.996f, -0.806f, -0.406f, 2.996f,
    -0.238f, 1.608f,  2.0f,    -0.062f, 0.128f,  0.738f,  0.052f,  2.896f,  -0.29f,  2.59f,
    2.19f,   2.376f,  -0.538f, 0.568f,  1.512f,  0.972f,  1.662f,  1.706f,  1.65f,   -0.758f,
    2.836f,  1.222f,  2.614f,  0.084f,  0.446f,  2.518f,  -0.254f, -0.744f, 0.494f,  1.716f,
    -0.512f, 2.48f,   0.364f,  -0.092f, 1.176f,  2.58f,   2.534f,  2.488f,  0.224f,  -0.926f,
    2.112f,  1.828f,  2.082f,  -0.996f, -0.85f,  1.012f,  0.34f,   0.746f,  2.724f,  -0.188f,
    1.11f,   0.298f,  0.178f,  2.224f,  -0.388f, 0.264f,  -0.526f, -0.404f, 0.124f,  1.794f,
    1.318f,  0.794f,  -0.322f, 2.194f,  2.198f,  -0.058f, -0.762f, 0.278f,  -0.416f, 2.198f,
    1.078f,  1.028f,  0.162f,  1.024f,  2.868f,  -0.056f, 2.072f,  -0.942f, 0.254f,  2.732f,
    2.484f,  -0.658f, 2.372f,  2.378f,  0.812f,
};
static const float linear_up[] = {
    1.682f,     2.22f,        -0.91f,      1.78164f,    1.97527f,    -0.551818f,  2.03073f,
    1.36345f,   0.343636f,    2.16545f,    0.807455f,   1.22891f,    1.84273f,    0.474727f,
    2.07345f,   1.52f,        0.142f,      2.918f,      0.471818f,   0.127455f,   1.83345f,
    -0.576364f, 0.112909f,    0.748909f,   -0.0332727f, 0.299818f,   0.165455f,   0.907636f,
    0.537091f,  -0.292727f,   1.284f,      0.632f,      -0.476f,     0.014f,      0.076f,
    -0.840667f, 0.097394f,    0.478303f,   -0.652424f,  0.305879f,   1.48406f,    -0.181818f,
    0.573212f,  2.20612f,     0.261636f,   1.07594f,    1.79339f,    0.596485f,   1.57867f,
    1.38067f,   0.931333f,    0.780788f,   0.993394f,   0.604364f,   -0.0170909f, 0.606121f,
    0.277394f,  0.745273f,    0.342727f,   0.705091f,   1.8977f,     0.110303f,   1.32145f,
    2.35867f,   0.0173333f,   1.568f,      0.517778f,   0.502667f,   -0.686889f,  0.428525f,
    0.836081f,  -0.507495f,   0.205394f,   1.66962f,    -0.0590101f, 0.172808f,   2.29398f,
    0.336061f,  0.902404f,    2.08166f,    0.517475f,   1.632f,      1.86933f,    0.698889f,
    0.769374f,  1.77893f,     0.641212f,   -0.0932525f, 1.68853f,    0.583535f,   0.838384f,
    1.018f,     0.959313f,    2.21859f,    0.202444f,   1.44345f,    2.77067f,    -0.123778f,
    1.63711f,   2.26289f,     1.79156f,    -0.583778f,  1.95174f,    1.74897f,    -0.360869f,
    1.17386f,   1.64251f,     0.196404f,   0.66903f,    1.54374f,    0.698646f,   1.2564f,
    1.47576f,   0.980768f,    1.84378f,    1.40778f,    1.26289f,    0.856505f,   2.03111f,
    1.37683f,   -0.130768f,   2.65444f,    1.49077f,    0.731495f,   1.81038f,    1.01448f,
    2.05614f,   0.599475f,    0.390646f,   2.586f,      0.115111f,   0.141111f,   2.518f,
    -0.254f,    -0.744f,      2.15f,       0.104182f,   -0.701818f,  1.23f,       0.999636f,
    -0.596364f, 0.674545f,    1.59309f,    -0.473818f,  1.57727f,    0.978545f,   -0.282909f,
    2.48f,      0.364f,       -0.092f,     1.88727f,    1.37127f,    1.10164f,    1.29455f,
    2.37855f,   2.29527f,     1.65309f,    1.72327f,    1.27582f,    2.24945f,    0.652364f,
    -0.296909f, 2.488f,       0.224f,      -0.926f,     2.20222f,    1.36533f,    1.454f,
    1.68093f,   1.06622f,     1.31206f,    0.377697f,   0.318444f,   0.957212f,   -0.530303f,
    -0.194242f, 0.802869f,    0.142626f,   0.233434f,   1.45055f,    0.815556f,   0.661111f,
    2.09822f,   0.497172f,    1.01364f,    1.5058f,     0.178788f,   1.36616f,    0.913374f,
    0.324646f,  1.56135f,     0.321273f,   0.586566f,   1.71721f,    -0.270747f,  0.691333f,
    1.77956f,   -0.507556f,   1.08533f,    0.520222f,   0.700889f,   0.82004f,    0.538162f,
    0.788364f,  0.156808f,    0.58301f,    1.00705f,    -0.28596f,   0.576505f,   1.29541f,
    0.153131f,  0.364586f,    1.86248f,    0.592222f,   0.152667f,   2.42956f,    0.840101f,
    0.292869f,  1.19299f,     1.08798f,    0.433071f,   -0.0435758f, 0.808828f,   0.568828f,
    0.196222f,  0.397919f,    0.703475f,   0.805111f,   0.233556f,   0.757333f,   1.04867f,
    0.535333f,  -0.00800002f, -0.215333f,  0.515091f,   0.384727f,   -0.0198182f, 0.464485f,
    1.36655f,   0.46897f,     0.496364f,   1.9083f,     0.922485f,   0.858182f,   0.689818f,
    1.23491f,   1.22f,        -0.528667f,  1.54733f,    1.74545f,    0.0704242f,  0.513394f,
    2.27091f,   0.669515f,    -0.520545f,  1.86691f,    0.689697f,   0.168424f,   1.23055f,
    0.565152f,  1.28812f,     0.976f,      0.515333f,   1.736f,      1.078f,      1.028f,
    0.162f,     1.06818f,     1.36255f,    0.122364f,   1.04364f,    2.19891f,    0.0232727f,
    1.11927f,   2.52164f,     -0.0278182f, 1.59564f,    0.789818f,   0.113091f,   2.072f,
    -0.942f,    0.254f,       2.372f,      0.615273f,   -0.160545f,  2.672f,      2.17255f,
    -0.575091f, 2.60109f,     2.44545f,    -0.123455f,  2.43745f,    2.39727f,    0.544727f,
    2.372f,     2.378f,       0.812f,
};
static const float linear_down[] = {
    0.0713333f, 0.352583f, -0.71125f,   0.887417f, 1.94817f, 0.470917f,    0.481583f, 0.848167f,
    0.48175f,   2.04175f,  0.08125f,    1.3985f,   2.265f,   -0.00775001f, -0.715f,   1.23875f,
    1.209f,     -0.3545f,  1.665f,      1.749f,    1.54925f, 2.324f,       0.5185f,   -0.4935f,
    0.521417f,  0.262f,    -0.0809167f, 0.7225f,   1.14675f, 1.11775f,     1.9425f,   0.295083f,
    0.125667f,  1.151f,    0.549583f,   1.42808f,
};
static const float corners_up[] = {
    1.682f,   2.22f,    -0.91f,   1.9012f,  1.6816f,  -0.122f,  2.1204f,  1.1432f,  0.666f,
    2.088f,   0.7276f,  1.4316f,  1.804f,   0.4348f,  2.1748f,  1.52f,    0.142f,   2.918f,
    0.5976f,  0.1292f,  1.9636f,  -0.3248f, 0.1164f,  1.0092f,  -0.372f,  0.2144f,  0.3304f,
    0.456f,   0.4232f,  -0.0728f, 1.284f,   0.632f,   -0.476f,  -0.1945f, -0.192f,  -0.832f,
    -0.0155f, 0.871f,   -0.4646f, 0.1635f,  1.934f,   -0.0972f, 0.5196f,  2.2795f,  0.2058f,
    1.0528f,  1.9075f,  0.4444f,  1.586f,   1.5355f,  0.683f,   0.9114f,  1.1537f,  0.4786f,
    0.2368f,  0.7719f,  0.2742f,  0.4182f,  0.4529f,  0.5023f,  1.4556f,  0.1967f,  1.1629f,
    2.493f,   -0.0595f, 1.8235f,  0.685f,   0.69f,    -0.672f,  0.4434f,  1.3156f,  -0.2564f,
    0.2018f,  1.9412f,  0.1592f,  0.3918f,  2.1738f,  0.4524f,  1.0134f,  2.0134f,  0.6232f,
    1.635f,   1.853f,   0.794f,   0.855f,   1.8266f,  0.7312f,  0.075f,   1.8002f,  0.6684f,
    0.299f,   1.409f,   0.8132f,  1.527f,   0.653f,   1.1656f,  2.755f,   -0.103f,  1.518f,
    2.272f,   1.7185f,  -0.5895f, 1.583f,   1.6563f,  -0.1133f, 0.894f,   1.5941f,  0.3629f,
    0.8129f,  1.5245f,  0.7237f,  1.3397f,  1.4475f,  0.9691f,  1.8665f,  1.3705f,  1.2145f,
    1.0101f,  1.9311f,  1.3487f,  0.1537f,  2.4917f,  1.4829f,  0.2969f,  2.2414f,  1.2606f,
    1.4397f,  1.1802f,  0.6818f,  2.5825f,  0.119f,   0.103f,   2.518f,   -0.254f,  -0.744f,
    1.7084f,  0.534f,   -0.6512f, 0.8988f,  1.322f,   -0.5584f, 0.8912f,  1.4456f,  -0.428f,
    1.6856f,  0.9048f,  -0.26f,   2.48f,    0.364f,   -0.092f,  1.9584f,  1.2504f,  0.9584f,
    1.4368f,  2.1368f,  2.0088f,  1.4384f,  2.1088f,  1.842f,   1.9632f,  1.1664f,  0.458f,
    2.488f,   0.224f,   -0.926f,  2.2135f,  1.3075f,  1.3755f,  1.0787f,  0.7011f,  1.0777f,
    -0.0561f, 0.0947f,  0.7799f,  -0.3238f, -0.0367f, 0.9088f,  0.2756f,  0.3069f,  1.4644f,
    0.875f,   0.6505f,  2.02f,    0.5862f,  0.9813f,  1.5548f,  0.2974f,  1.3121f,  1.0896f,
    0.2735f,  1.5268f,  0.5811f,  0.5145f,  1.6254f,  0.0293f,  0.7555f,  1.724f,   -0.5225f,
    1.188f,   0.651f,   0.839f,   0.5384f,  0.5794f,  0.9694f,  -0.1112f, 0.5078f,  1.0998f,
    -0.2354f, 0.42f,    1.4238f,  0.1658f,  0.316f,   1.9414f,  0.567f,   0.212f,   2.459f,
    0.7422f,  0.3376f,  1.3826f,  0.9174f,  0.4632f,  0.3062f,  0.8496f,  0.6016f,  -0.00460001f,
    0.5388f,  0.7528f,  0.4502f,  0.228f,   0.904f,   0.905f,   0.4675f,  -0.1375f, -0.2625f,
    0.4201f,  0.7425f,  0.2323f,  0.3727f,  1.6225f,  0.7271f,  0.5019f,  1.5546f,  1.1214f,
    0.8077f,  0.5388f,  1.4152f,  1.1135f,  -0.477f,  1.709f,   1.6007f,  -0.0552f, 0.731f,
    2.0879f,  0.3666f,  -0.247f,  2.0255f,  0.5185f,  -0.2185f, 1.4135f,  0.4005f,  0.8165f,
    0.8015f,  0.2825f,  1.8515f,  1.078f,   1.028f,   0.162f,   1.0564f,  1.764f,   0.0748f,
    1.0348f,  2.5f,     -0.0124f, 1.2336f,  2.106f,   0.006f,   1.6528f,  0.582f,   0.13f,
    2.072f,   -0.942f,  0.254f,   2.336f,   0.4284f,  -0.1108f, 2.6f,     1.7988f,  -0.4756f,
    2.66f,    2.4628f,  -0.364f,  2.516f,   2.4204f,  0.224f,   2.372f,   2.378f,   0.812f,
};
static const float corners_down[] = {
    1.682f, 2.22f,  -0.91f,  1.284f, 0.632f, -0.476f, 2.518f, -0.254f, -0.744f,
    2.488f, 0.224f, -0.926f, 1.078f, 1.028f, 0.162f,  2.372f, 2.378f,  0.812f,
};
static const float cubic_up[] = {
    1.7865f,    2.6154f,     -1.13997f,  1.95284f,   2.17779f,    -0.630626f,   2.30809f,
    1.40369f,   0.210636f,   2.38242f,   0.585469f,  1.42174f,    2.19992f,     0.192018f,
    2.66344f,   1.51421f,    0.0196626f, 3.11421f,   0.19332f,    -0.0835754f,  2.27384f,
    -0.790565f, 0.0258333f,  0.833411f,  -0.402789f, 0.291144f,   -0.149953f,   0.809873f,
    0.595006f,  -0.533274f,  1.39684f,   0.760224f,  -0.812192f,  -0.440607f,   -0.666678f,
    -0.966398f, -0.284387f,  0.113881f,  -0.738618f, -0.060763f,  1.61651f,     -0.350283f,
    0.456446f,  2.58259f,    0.138701f,  1.23284f,   2.27357f,    0.532875f,    1.5743f,
    1.44774f,   0.685926f,   0.758011f,  0.859185f,  0.325442f,   -0.0729719f,  0.405339f,
    0.0212656f, 0.621153f,   0.0599962f, 0.628058f,  1.99427f,    -0.00932006f, 1.56749f,
    2.68829f,   -0.0789983f, 2.05665f,   0.26224f,   0.128957f,   -0.762895f,   0.103472f,
    0.717994f,  -0.517175f,  -0.28652f,  1.8302f,    -0.0742409f, -0.125426f,   2.64582f,
    0.35182f,   0.910976f,   2.56963f,   0.505916f,  1.57336f,    2.17295f,     0.523937f,
    0.628956f,  2.10821f,    0.354547f,  -0.35859f,  1.88279f,    0.322363f,    0.604282f,
    1.00728f,   0.975814f,   2.39257f,   0.0707945f, 1.81311f,    3.30299f,     -0.446337f,
    2.26123f,   2.77312f,    2.20587f,   -0.783512f, 2.24926f,    2.0322f,      -0.426509f,
    1.21477f,   1.71416f,    0.201998f,  0.690377f,  1.42469f,    0.880089f,    1.43034f,
    1.21215f,   1.19899f,    1.89123f,   1.39935f,   1.3962f,     0.715029f,    2.37673f,
    1.7271f,    -0.41852f,   3.08342f,   1.74523f,   0.381139f,   2.19499f,     1.09503f,
    2.09751f,   0.591227f,   0.220171f,  2.95731f,   -0.22702f,   -0.243923f,   2.73698f,
    -0.467133f, -0.7691f,    2.15761f,   0.084985f,  -0.715829f,  0.978726f,    1.18004f,
    -0.639089f, 0.534271f,   1.71447f,   -0.482642f, 1.54965f,    0.912674f,    -0.527282f,
    2.48f,      0.364f,      -0.092f,    1.98516f,   1.42079f,    1.42189f,     1.20976f,
    2.54114f,   2.537f,      1.48837f,   2.00519f,   1.62043f,    2.25405f,     0.641558f,
    -0.325525f, 2.62994f,    -0.030894f, -1.30034f,  2.73488f,    1.81263f,     1.88883f,
    1.84994f,   1.20507f,    1.55671f,   0.126778f,  0.00775024f, 0.860196f,    -0.876215f,
    -0.629942f, 0.693291f,   -0.142444f, -0.125378f, 1.51563f,    0.741974f,    0.739302f,
    2.16908f,   0.45963f,    1.17259f,   1.89056f,   -0.0720464f, 1.42914f,     1.08419f,
    0.0563279f, 1.80093f,    0.159488f,  0.490433f,  2.02076f,    -0.555105f,   0.700568f,
    2.16117f,   -0.976733f,  1.12177f,   0.53722f,   0.794078f,   0.694818f,    0.485409f,
    0.923406f,  -0.142706f,  0.393243f,  1.08939f,   -0.607545f,  0.299478f,    1.60724f,
    -0.303195f, 0.274449f,   2.61583f,   0.287723f,  0.240568f,   2.85728f,     0.787535f,
    0.110547f,  1.34841f,    1.00514f,   0.0519928f, -0.335433f,  0.661086f,    0.241677f,
    -0.255476f, 0.0260103f,  0.52662f,   0.909156f,  -0.296601f,  0.675436f,    1.44219f,
    0.291465f,  -0.593065f,  -0.655826f, 0.334717f,  0.194616f,   -0.289498f,   0.377377f,
    1.81639f,   0.35816f,    0.589109f,  2.34578f,   1.05767f,    0.803715f,    0.84224f,
    1.61349f,   1.24678f,    -0.635852f, 1.52437f,   2.08303f,    -0.348629f,   0.276395f,
    2.62762f,   0.527765f,   -0.831321f, 2.19872f,   0.596521f,   -0.101531f,   1.24257f,
    0.265521f,  1.54288f,    0.766263f,  0.122416f,  2.36232f,    1.13683f,     0.934672f,
    0.236673f,  1.10219f,    1.49587f,   0.139056f,  0.98158f,    2.74276f,     -0.0563231f,
    1.15649f,   2.72993f,    -0.141387f, 1.60846f,   0.561841f,   0.0534595f,   2.15615f,
    -0.982823f, 0.126263f,   2.561f,     0.258412f,  -0.311021f,  2.74249f,     2.36537f,
    -0.669387f, 2.74514f,    3.02165f,   -0.259788f, 2.56296f,    2.64983f,     0.488003f,
    2.48204f,   2.55229f,    0.869165f,
};
static const float cubic_down[] = {
    -0.308378f, -0.0495908f, -0.780646f,  0.951979f, 2.50466f, 0.410109f,   0.338474f,  0.68758f,
    0.140126f,  2.14382f,    -0.0165778f, 1.66969f,  2.28614f, -0.0342871f, -0.724064f, 1.07325f,
    1.29916f,   -0.508265f,  1.63267f,    1.95118f,  1.99553f, 2.33754f,    0.492906f,  -0.53753f,
    0.330254f,  0.0177214f,  -0.359706f,  0.721993f, 1.53959f, 1.44992f,    2.36435f,   0.00940286f,
    -0.270789f, 1.13838f,    0.229268f,   1.72207f,
};

#define LIMIT 2e-5f

static void check(rl_filter filter, int width, int height, const float *expected) {
    relief_ctx *ctx = test_ctx(2);
    float got[9 * 11 * 3];
    rl_raster from = {(float *)source, 5, 7, 3};
    rl_raster to = {got, width, height, 3};
    assert_int_equal(rl_resample(ctx, &from, filter, &to), RELIEF_OK);
    for (int i = 0; i < width * height * 3; i++) {
        assert_true(fabsf(got[i] - expected[i]) <= LIMIT);
    }
    relief_ctx_free(ctx);
}

static void linear_is_torch(void **state) {
    (void)state;
    check(RL_FILTER_LINEAR, 11, 9, linear_up);
    check(RL_FILTER_LINEAR, 4, 3, linear_down);
}

static void corners_are_torch(void **state) {
    (void)state;
    check(RL_FILTER_LINEAR_CORNERS, 11, 9, corners_up);
    check(RL_FILTER_LINEAR_CORNERS, 2, 3, corners_down);
}

static void cubic_is_torch(void **state) {
    (void)state;
    check(RL_FILTER_CUBIC, 11, 9, cubic_up);
    check(RL_FILTER_CUBIC, 4, 3, cubic_down);
}

/* The mean over a target cell, from the common refinement of both grids: W * w columns, H * h rows
 * of sub-cells. */
static double box_mean(const rl_raster *from, const rl_raster *to, int x, int y, int c) {
    double sum = 0;
    for (int v = y * from->height; v < (y + 1) * from->height; v++) {
        for (int u = x * from->width; u < (x + 1) * from->width; u++) {
            int sx = u / to->width, sy = v / to->height;
            sum += from->data[((size_t)sy * from->width + sx) * from->channels + c];
        }
    }
    return sum / ((double)from->width * from->height);
}

static void check_area(int width, int height, int to_width, int to_height, int channels) {
    relief_ctx *ctx = test_ctx(2);
    float *data = calloc((size_t)width * height * channels, sizeof *data);
    float *got = calloc((size_t)to_width * to_height * channels, sizeof *got);
    rl_raster from = {data, width, height, channels};
    rl_raster to = {got, to_width, to_height, channels};
    for (int i = 0; i < width * height * channels; i++) {
        data[i] = (float)((i * 2654435761u) % 1000u) / 1000;
    }
    assert_int_equal(rl_resample(ctx, &from, RL_FILTER_AREA, &to), RELIEF_OK);
    for (int y = 0; y < to_height; y++) {
        for (int x = 0; x < to_width; x++) {
            for (int c = 0; c < channels; c++) {
                double expected = box_mean(&from, &to, x, y, c);
                assert_true(fabs(got[((size_t)y * to_width + x) * channels + c] - expected) < 2e-6);
            }
        }
    }
    free(data);
    free(got);
    relief_ctx_free(ctx);
}

static void area_is_the_mean(void **state) {
    (void)state;
    check_area(32, 24, 8, 6, 3);
    check_area(31, 23, 7, 5, 1);
    check_area(10, 9, 9, 8, 4);
    check_area(5, 1, 2, 1, 2);
    check_area(3, 2, 5, 7, 1);
}

static void same_size_is_the_same(void **state) {
    (void)state;
    check(RL_FILTER_LINEAR, 5, 7, source);
    check(RL_FILTER_LINEAR_CORNERS, 5, 7, source);
    check(RL_FILTER_CUBIC, 5, 7, source);
    check(RL_FILTER_AREA, 5, 7, source);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    enum { FROM = 67, TO = 41 };
    static float data[FROM * FROM * 3], one[TO * TO * 3], many[TO * TO * 3];
    rl_raster from = {data, FROM, FROM, 3};
    for (int i = 0; i < FROM * FROM * 3; i++) {
        data[i] = sinf((float)i);
    }
    for (int filter = RL_FILTER_LINEAR; filter <= RL_FILTER_AREA; filter++) {
        relief_ctx *ctx = test_ctx(1);
        assert_int_equal(rl_resample(ctx, &from, filter, &(rl_raster){one, TO, TO, 3}), RELIEF_OK);
        relief_ctx_free(ctx);
        ctx = test_ctx(5);
        assert_int_equal(rl_resample(ctx, &from, filter, &(rl_raster){many, TO, TO, 3}), RELIEF_OK);
        relief_ctx_free(ctx);
        assert_memory_equal(one, many, sizeof one);
    }
}

static void nonsense_is_refused(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    float value = 1;
    rl_raster good = {&value, 1, 1, 1}, empty = {&value, 0, 1, 1}, wider = {&value, 1, 1, 3};
    assert_int_equal(rl_resample(ctx, &good, RL_FILTER_CUBIC, &empty), RELIEF_ERROR_ARG);
    assert_int_equal(rl_resample(ctx, &good, RL_FILTER_CUBIC, &wider), RELIEF_ERROR_ARG);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_torch),       cmocka_unit_test(corners_are_torch),
        cmocka_unit_test(cubic_is_torch),        cmocka_unit_test(area_is_the_mean),
        cmocka_unit_test(same_size_is_the_same), cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
