//! The names that columns go by.

use super::Column;

/// Whole names without brackets, blanks, underscores and hyphens, with a bar between.
pub(super) const NAMES: [(Column, &str); 28] = [
    (
        Column::Item,
        "评测项|监控项|测试项|测试项目|指标|项目|metric|item|test|benchmark|case",
    ),
    (
        Column::Chip,
        "芯片|芯片型号|芯片名称|加速卡|加速卡型号|型号|产品|chip|gpu|device|card|model|product",
    ),
    (
        Column::Precision,
        "精度|数据类型|数据格式|precision|dtype|format",
    ),
    (
        Column::Measured,
        "测试值|实测值|测量值|实测|测试结果|measured|measuredvalue|result",
    ),
    (
        Column::Rated,
        "标定值|标称值|标称|额定值|官方值|理论值|理论峰值|峰值|rated|ratedvalue|spec|nominal|official|peak",
    ),
    (
        Column::Ratio,
        "比例|比率|达成率|ratio|attainment|measured/rated",
    ),
    (Column::Unit, "单位|unit|units"),
    (Column::Engine, "计算单元|引擎|engine"),
    (Column::Storage, "存储格式|storage"),
    (Column::Arithmetic, "运算格式|计算格式|arithmetic"),
    (
        Column::Accumulate,
        "累加格式|累加|累加精度|accumulate|accumulation|accumulator",
    ),
    (Column::Sparsity, "稀疏|稀疏性|稀疏度|sparse|sparsity"),
    (Column::Scope, "范围|统计范围|scope"),
    (Column::Note, "备注|说明|note|notes|remark|remarks"),
    (
        Column::Clock,
        "时钟|时钟记录|频率|频率记录|clock|clocklog|frequency",
    ),
    (Column::Runs, "次数|轮数|运行次数|测试次数|runs|repetitions"),
    (
        Column::Spread,
        "误差|波动|区间|置信区间|标准差|spread|interval|stddev|std|95%ci|±",
    ),
    (
        Column::Watts,
        "功耗|功率|平均功耗|平均功率|power|averagepower|meanpower|watts",
    ),
    (Column::RatedWatts, "额定功耗|额定功率|tdp|ratedpower"),
    (
        Column::Seconds,
        "时间|时长|耗时|运行时间|time|duration|seconds",
    ),
    (Column::Joules, "能耗|能量|耗电量|电量|energy|joules"),
    (
        Column::Total,
        "总算力|算力规模|总规模|算力|compute|computeprinted|totalcompute",
    ),
    (
        Column::Cards,
        "卡数|加速卡数|加速卡数量|cards|gpus|numberofcards",
    ),
    (Column::PerCard, "单卡算力|每卡算力|percard|cardrate"),
    (Column::Part, "部分|数量|个数|part|count"),
    (Column::Whole, "总数|合计|总计|全部|whole|total|of"),
    (
        Column::Other,
        "centre|center|name|region|location|status|statusprinted|中心|名称|地区|城市|位置",
    ),
    (Column::Share, "占比|百分比|份额|share|percent|percentage"),
];

/// Parts of longer headings, the first that fits: FlagPerf's name metric, statistic and number of cards as well.
pub(super) const PARTS: [(Column, &str); 7] = [
    (
        Column::Other,
        "系统平均|系统最大|系统功耗|单机tdp|最大功耗|功耗标准差|占用|温度|厂商|vendor",
    ),
    (Column::Ratio, "测试标定比例|标定比例"),
    (Column::RatedWatts, "单卡tdp"),
    (Column::Watts, "平均功耗"),
    (Column::Measured, "测试值|实测值"),
    (Column::Rated, "标定值|标称值"),
    (
        Column::Other,
        "制程|显存|总线|生态|process|memory|bus|ecosystem",
    ),
];
